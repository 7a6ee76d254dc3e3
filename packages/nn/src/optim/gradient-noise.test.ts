import { DomainError, jit, type Parameter, relu, sum, type Tensor, tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import * as init from "../init.ts";
import { Linear } from "../layers/linear.ts";
import { Sequential } from "../layers/sequential.ts";
import { crossEntropy } from "../losses/cross-entropy.ts";
import { parameters } from "../module.ts";
import { restoreState, stateOf } from "../state/checkpoint.ts";
import { clipGlobalNorm } from "./clipping.ts";
import { annealedGradientNoise, constantGradientNoise, noiseScale } from "./gradient-noise.ts";
import type { GradientTransform } from "./optimizer.ts";
import { SGD } from "./sgd.ts";

const vector = (n: number): Parameter => init.initialParameter([n], init.zeros());
const variance = (values: ArrayLike<number>): number => {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ** 2 / values.length;
  return total;
};
/** The noise of one step: with lr 1 and no gradient the parameter moves by −noise. */
async function moves(params: Parameter[], transforms: GradientTransform[], count: number): Promise<Float32Array[]> {
  const optimizer = new SGD(params, { lr: 1, transforms });
  const step = jit(() => optimizer.step(params.map(() => undefined)));
  const out: Float32Array[] = [];
  for (let t = 0; t < count; t++) {
    const before = (await params[0].data()) as Float32Array;
    await step();
    const after = (await params[0].data()) as Float32Array;
    out.push(after.map((v, i) => v - before[i]));
  }
  return out;
}

test("the variance is η at t = 0 and η/100^γ at t = 99", () => {
  expect(noiseScale(0, { eta: 0.3 }) ** 2).toBeCloseTo(0.3, 12);
  expect(noiseScale(99, { eta: 1 }) ** 2).toBeCloseTo(0.0794, 4);
});

test("a million draws have the variance of the formula within 1 %, at the first and a later step", async () => {
  const [first, , , fourth] = await moves([vector(1_000_000)], [annealedGradientNoise({ eta: 0.03, seed: 1 })], 4);
  expect(variance(first) / 0.03).toBeCloseTo(1, 2);
  expect(variance(fourth) / noiseScale(3, { eta: 0.03 }) ** 2).toBeCloseTo(1, 2);
});

test("the noise is normal: its moments and the share beyond two deviations", async () => {
  const n = 400_001;
  const [noise] = await moves([vector(n)], [constantGradientNoise({ sigma: 1, seed: 5 })], 1);
  const moment = (power: number): number => noise.reduce((total, z) => total + z ** power, 0) / n;
  expect(moment(1)).toBeCloseTo(0, 2);
  expect(moment(3)).toBeCloseTo(0, 1);
  expect(moment(4) / 3).toBeCloseTo(1, 1.5);
  expect(noise.filter((z) => Math.abs(z) > 2).length / n).toBeCloseTo(0.0455, 2.5);
});

test("constant noise keeps its variance", async () => {
  const [first, second] = await moves([vector(200_000)], [constantGradientNoise({ sigma: 0.2, seed: 1 })], 2);
  expect(variance(first) / 0.04).toBeCloseTo(1, 1.5);
  expect(variance(second) / 0.04).toBeCloseTo(1, 1.5);
});

test("noise added after clipping is not clipped", async () => {
  const clipped = [clipGlobalNorm(1e-9), annealedGradientNoise({ eta: 0.03, seed: 4 })];
  const [params, bare] = [vector(1000), vector(1000)];
  const optimizer = new SGD([params], { lr: 0.1, transforms: clipped });
  await jit(() => optimizer.step([zeros([1000]).add(5)]))();
  const [noise] = await moves([bare], [annealedGradientNoise({ eta: 0.03, seed: 4 })], 1);
  const moved = await params.data();
  for (let i = 0; i < 1000; i++) expect(Math.abs(Number(moved[i]) - 0.1 * noise[i])).toBeLessThan(1e-8);
});

test("η = 0 is the identity, bit for bit", async () => {
  const run = async (transforms: GradientTransform[]) => {
    const p = init.initialParameter([50], init.normal());
    p.set(Array.from({ length: 50 }, (_, i) => Math.sin(i)));
    const optimizer = new SGD([p], { lr: 0.1, transforms });
    const step = jit(() => optimizer.minimize(sum(p.square().mul(0.3))));
    for (let t = 0; t < 3; t++) await step();
    return p.data();
  };
  expect(await run([annealedGradientNoise({ eta: 0, seed: 1 })])).toEqual(await run([]));
});

test("noise of different steps, parameters and seeds is uncorrelated, and of one seed the same", async () => {
  const n = 50_000;
  const correlation = (a: Float32Array, b: Float32Array): number => {
    let total = 0;
    for (let i = 0; i < a.length; i++) total += a[i] * b[i];
    return Math.abs(total) / a.length / Math.sqrt(variance(a) * variance(b));
  };
  const noise = (seed: number) => moves([vector(2 * n)], [annealedGradientNoise({ eta: 1, seed })], 2);
  const [first, second] = await noise(7);
  const [other] = await noise(8);
  const bound = 4 / Math.sqrt(n);
  expect(correlation(first, second)).toBeLessThan(bound);
  expect(correlation(first, other)).toBeLessThan(bound);
  expect(correlation(first.subarray(0, n), first.subarray(n))).toBeLessThan(bound);
  expect((await noise(7))[1]).toEqual(second);
});

/** The card's net: only the output bias has a gradient when all weights are zero. */
const zeroNet = (depth: number): Sequential =>
  new Sequential(
    Array.from({ length: depth }, (_, i) => [
      new Linear({ inFeatures: i === 0 ? 16 : 50, outFeatures: i === depth - 1 ? 10 : 50, init: init.zeros() }),
      ...(i === depth - 1 ? [] : [relu]),
    ]).flat(),
  );

test("in a net of zeros the weights walk at random as the formula says, whatever the depth", async () => {
  for (const depth of [3, 6]) {
    const model = zeroNet(depth);
    const optimizer = new SGD(parameters(model), {
      lr: 0.1,
      transforms: [annealedGradientNoise({ eta: 0.03, seed: 2 })],
    });
    const step = jit((x: Tensor, y: Tensor) => optimizer.minimize(crossEntropy(model.forward(x), y)));
    const [x, y] = [tensor([[...Array(16).keys()].map((i) => i / 16)]), tensor([3], { dtype: "int32" })];
    for (let t = 0; t < 600; t++) await step(x, y);
    const hidden = parameters(model).find(({ shape }) => shape[0] === 50 && shape[1] === 50) as Parameter;
    expect(Math.abs(Math.sqrt(variance((await hidden.data()) as Float32Array)) - 0.107)).toBeLessThan(0.004);
  }
});

test("a resumed run continues the stream and the step count", async () => {
  const build = () => {
    const p = vector(20);
    const optimizer = new SGD([p], { lr: 1, transforms: [annealedGradientNoise({ eta: 1, seed: 3 })] });
    return { p, optimizer, step: jit(() => optimizer.step([undefined])) };
  };
  const whole = build();
  for (let t = 0; t < 6; t++) await whole.step();
  const first = build();
  for (let t = 0; t < 3; t++) await first.step();
  const saved = await stateOf(first.p, first.optimizer);
  const second = build();
  restoreState(saved, second.p, second.optimizer);
  for (let t = 0; t < 3; t++) await second.step();
  expect(await second.p.data()).toEqual(await whole.p.data());
});

test("negative η, γ and σ are refused", () => {
  expect(() => annealedGradientNoise({ eta: -1, seed: 0 })).toThrow(DomainError);
  expect(() => annealedGradientNoise({ eta: 1, gamma: -0.1, seed: 0 })).toThrow(
    "gamma must be finite and not negative",
  );
  expect(() => constantGradientNoise({ sigma: Number.NaN, seed: 0 })).toThrow(DomainError);
});
