import { AdamW, crossEntropy, init, parameterCount, parameters } from "@paperworks/nn";
import {
  abs,
  configure,
  cost,
  fromArray,
  Generator,
  jit,
  manualSeed,
  max,
  sub,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { FfNet, type FfNetOptions } from "./ff-net.ts";
import { ffNetConfigs } from "./ff-net-configs.ts";
import { PatchMerging } from "./patch-merging.ts";
import { DepthwiseMixer, PoolMixer } from "./plain-mixers.ts";
import { SelfAttentionMixer2d } from "./self-attention-mixer.ts";

configure({ threads: 1 });

const sizes = [
  { size: 1, trained: 13_775_656, fused: 13_658_872, side: 256, macs: 2.98 },
  { size: 2, trained: undefined, fused: 26_907_032, side: 256, macs: 6.0 },
  { size: 3, trained: undefined, fused: 48_302_216, side: 256, macs: 10.15 },
  { size: 4, trained: undefined, fused: 79_161_448, side: 384, macs: 43.1 },
] as const;

test.each(sizes)(
  "FFNet-$size has $fused parameters when fused, and takes $macs G multiply-accumulates for $side × $side",
  ({ size, trained, fused, side, macs }) => {
    const network = new FfNet({ ...ffNetConfigs[size], classes: 1000, init: init.zeros() }).eval();
    if (trained) expect(parameterCount(network)).toBe(trained);
    const plain = network.reparameterise();
    expect(parameterCount(plain)).toBe(fused);
    const graph = cost((x: Tensor) => plain.forward(x), zeros([1, 3, side, side]));
    expect(graph.macs / 1e9).toBeCloseTo(macs, macs > 40 ? 1 : 2);
    const kinds = graph.operations.map(({ operation }) => operation);
    for (const norm of ["scaleAndShift", "sqrt", "reciprocal"]) expect(kinds).not.toContain(norm);
  },
);

const small = { depths: [1, 2], width: 8, kernels: [3, 7], channelKernel: 7, classes: 5 };
const images = fromArray(new Generator(11).hostNormal(6 * 3 * 256), [6, 3, 16, 16]);

const variants: [string, Partial<FfNetOptions>][] = [
  ["FFNified attention", {}],
  ["layer scale and stochastic depth", { layerScale: 0.3, dropPath: 0.3 }],
  ["a stem of two convolutions", { stemWidth: 6 }],
  ["self-attention", { mixer: ({ channels, stride }) => attentionOf(channels, 16 / stride), layerScale: 0.3 }],
  ["depthwise convolutions", { mixer: ({ channels }) => new DepthwiseMixer({ channels, kernel: 7 }) }],
  ["pooling", { mixer: () => new PoolMixer(), layerScale: 0.3 }],
  ["no mixer", { mixer: () => undefined }],
];

const attentionOf = (channels: number, side: number): SelfAttentionMixer2d =>
  new SelfAttentionMixer2d({ channels, headDim: 4, grid: [side, side] });

test.each(variants)("a trained network with %s is the same one fused", async (_, options) => {
  manualSeed(5);
  const network = new FfNet({ ...small, ...options });
  const optimizer = new AdamW(parameters(network), { lr: 1e-2 });
  const labels = fromArray(Int32Array.of(0, 1, 2, 3, 4, 0), [6]);
  const step = jit((x: Tensor) => {
    const loss = crossEntropy(network.forward(x), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  for (let i = 0; i < 5; i++) await (await step(images)).loss.item();
  network.eval();
  const fused = network.reparameterise();
  const [whole, plain] = [network.forward(images), fused.forward(images)];
  expect(await max(abs(sub(whole, plain))).item()).toBeLessThan(1e-4);
  expect(await max(abs(whole)).item()).toBeGreaterThan(0.01);
  const kinds = cost((x: Tensor) => fused.forward(x), images).operations.map(({ operation }) => operation);
  expect(kinds).not.toContain("scaleAndShift");
});

test("patch merging halves the side and doubles the channels; channel i alone feeds channels 2i and 2i + 1 before the 1 × 1", async () => {
  const merging = new PatchMerging({ channels: 4, init: init.normal({ std: 1 }) }).eval();
  const x = new Generator(2).hostNormal(4 * 64);
  const poked = x.slice();
  for (let i = 0; i < 64; i++) poked[2 * 64 + i] += 1;
  const [a, b] = await Promise.all(
    [x, poked].map((values) => merging.depthwise.forward(fromArray(values, [1, 4, 8, 8])).data()),
  );
  const changed = new Set<number>();
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) changed.add(Math.floor(i / 16));
  expect([...changed]).toEqual([4, 5]);
  expect(merging.forward(fromArray(x, [1, 4, 8, 8])).shape).toEqual([1, 8, 4, 4]);
});

test("stages give maps of half the side and twice the channels each", () => {
  const maps = new FfNet({ ...small, depths: [1, 1, 1], kernels: [3, 3, 3] }).features(images);
  expect(maps.map(({ shape }) => shape.slice(1))).toEqual([
    [8, 8, 8],
    [16, 4, 4],
    [32, 2, 2],
  ]);
});

test("sides that are no multiples of the total stride, and impossible networks, are refused", () => {
  const network = new FfNet(small);
  expect(() => network.forward(zeros([1, 3, 16, 18]))).toThrow(/multiples of 4, got \[1, 3, 16, 18\]/);
  expect(() => network.forward(zeros([1, 3, 0, 16]))).toThrow(/multiples of 4/);
  expect(() => new FfNet({ ...small, kernels: [3] })).toThrow(/each of 2 stages needs a kernel, got 1/);
  expect(() => new FfNet({ ...small, kernels: [3, 4] })).toThrow(/needs a centre.*got 4/);
  expect(() => attentionOf(8, 4).forward(zeros([1, 8, 5, 4]))).toThrow(/maps of 4 × 4, got \[1, 8, 5, 4\]/);
});
