import { abs, configure, cost, fromArray, Generator, jit, max, ShapeError, sub, type Tensor } from "@paperworks/tensor";
import { beforeAll, expect, test } from "vitest";
import { BatchNorm } from "./batch-norm.ts";
import { Conv } from "./conv.ts";
import { ConvNorm } from "./conv-norm.ts";
import { foldBatchNorm, foldBatchNormBefore } from "./fold-batch-norm.ts";
import type { Layer } from "./layer.ts";
import { Linear } from "./linear.ts";
import { RepDepthwiseConv } from "./rep-depthwise-conv.ts";

configure({ threads: 1 });

const generator = new Generator(3);
const normals = (shape: readonly number[]): Tensor =>
  fromArray(
    generator.hostNormal(shape.reduce((a, b) => a * b, 1)).map((z) => 2 * z + 1),
    shape,
  );
const x = normals([3, 6, 9, 8]);
const norm = new BatchNorm({ channels: 6 });

/** Moves running statistics away from where they start. */
async function trainOn(layer: Layer, input: Tensor): Promise<void> {
  layer.train();
  const step = jit((part: Tensor) => ({ y: layer.forward(part) }));
  for (let i = 0; i < 3; i++) await (await step(input)).y.data();
  layer.eval();
}

const distance = async (a: Tensor, b: Tensor): Promise<number> => (await max(abs(sub(a, b))).item()) as number;

beforeAll(async () => {
  norm.weight?.set(generator.hostNormal(6));
  norm.bias?.set(generator.hostNormal(6));
  await trainOn(norm, x);
});

test("a convolution and the norm behind it are one convolution", async () => {
  const conv = new Conv({ inChannels: 6, outChannels: 6, kernel: [3, 3], padding: 1, groups: 2, stride: 2 });
  conv.bias?.set(generator.hostNormal(6));
  const both = norm.forward(conv.forward(x));
  expect(await distance(foldBatchNorm(conv, norm).forward(x), both)).toBeLessThan(1e-5);
});

test("a norm and the map behind it are one map, over channels or features", async () => {
  const conv = new Conv({ inChannels: 6, outChannels: 4, kernel: [1, 1], bias: false });
  expect(await distance(foldBatchNormBefore(norm, conv).forward(x), conv.forward(norm.forward(x)))).toBeLessThan(1e-5);
  const linear = new Linear({ inFeatures: 6, outFeatures: 5 });
  const rows = normals([7, 6]);
  expect(
    await distance(foldBatchNormBefore(norm, linear).forward(rows), linear.forward(norm.forward(rows))),
  ).toBeLessThan(1e-5);
});

test("a norm does not fold into what pads, or has other channels", () => {
  const padded = new Conv({ inChannels: 6, outChannels: 4, kernel: [3, 3], padding: 1 });
  expect(() => foldBatchNormBefore(norm, padded)).toThrow(/without padding and groups is needed, got padding 1/);
  expect(() => foldBatchNormBefore(norm, new Linear({ inFeatures: 5, outFeatures: 2 }))).toThrow(ShapeError);
  expect(() => foldBatchNorm(new Conv({ inChannels: 6, outChannels: 4, kernel: [3, 3] }), norm)).toThrow(
    /4 outputs take as many factors, got \[6\]/,
  );
});

test.each([1, 2] as const)(
  "two trained depthwise kernels over %d axes and their norms are one kernel",
  async (dims) => {
    const rep = new RepDepthwiseConv({ inChannels: 6, outChannels: 12, kernel: 7, stride: 2, dims });
    const input = dims === 2 ? x : normals([3, 6, 17]);
    await trainOn(rep, input);
    const fused = rep.fuse();
    expect(fused.weight.shape).toEqual([12, 1, ...new Array(dims).fill(7)]);
    expect(await distance(fused.forward(input), rep.forward(input))).toBeLessThan(1e-4);
    expect(
      cost((part: Tensor) => fused.forward(part), input).operations.map(({ operation }) => operation),
    ).not.toContain("scaleAndShift");
  },
);

test("what was folded stays as it was when the layer trains on", async () => {
  const layer = new ConvNorm({ inChannels: 6, outChannels: 6, kernel: [1, 1] });
  await trainOn(layer, x);
  const fused = layer.fuse();
  const before = await fused.forward(x).data();
  await trainOn(layer, normals([3, 6, 9, 8]));
  expect(await fused.forward(x).data()).toEqual(before);
  expect(await distance(layer.forward(x), fused.forward(x))).toBeGreaterThan(1e-3);
});

test("even kernels, which have no centre, are refused", () => {
  expect(() => new RepDepthwiseConv({ inChannels: 4, kernel: 6 })).toThrow(/odd length of at least 3, got 6/);
  expect(() => new RepDepthwiseConv({ inChannels: 4, kernel: 3, small: 5 })).toThrow(/at least 5, got 3/);
});
