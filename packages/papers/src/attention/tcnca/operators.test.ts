import { MultiDimensionalEma, parameters, reachedOffsets } from "@paperworks/nn";
import {
  configuration,
  configure,
  cost,
  fromArray,
  Generator,
  permute,
  reshape,
  type Tensor,
  vjp,
  zeros,
} from "@paperworks/tensor";
import { expect, test } from "vitest";
import { FastEma } from "./fast-ema.ts";
import { receptiveFieldFigure } from "./figures.ts";
import { timeExponent } from "./operator-timing.ts";
import { channels, onOneThread, operatorNet, operators } from "./operators.ts";
import { RowConvolution } from "./row-convolution.ts";

configure({ threads: 1 });

const [rows, length] = [3, 64];
const normal = (seed: number, count = rows * length): Float32Array => new Generator(seed).hostNormal(count);
const expectClose = (got: ArrayLike<number>, expected: ArrayLike<number>): void => {
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < got.length; i++)
    expect(Math.abs(got[i] - expected[i])).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected[i])));
};

test("fast transforms of rows give the causal convolution and both of its derivatives", async () => {
  const [x, kernel, g] = [normal(1), normal(2), normal(3)];
  const convolution = await RowConvolution.create(rows, length);
  const [y, dx, dKernel] = [0, 1, 2].map(() => new Float64Array(rows * length));
  for (let row = 0; row < rows * length; row += length) {
    for (let t = 0; t < length; t++) {
      for (let l = 0; l <= t; l++) {
        y[row + t] += kernel[row + l] * x[row + t - l];
        dx[row + t - l] += kernel[row + l] * g[row + t];
        dKernel[row + l] += x[row + t - l] * g[row + t];
      }
    }
  }
  // Twice: what is kept from a pass does not leak into the next.
  for (let pass = 0; pass < 2; pass++) {
    expectClose(convolution.forward(x, kernel), y);
    const gradients = convolution.backward(g);
    expectClose(gradients.dx, dx);
    expectClose(gradients.dKernel, dKernel);
  }
  convolution.dispose();
});

test("a moving average by fast transforms has the values and gradients of the engine's", async () => {
  const average = new MultiDimensionalEma({ dim: rows, size: 4, form: "recurrent" });
  const [x, g] = [1, 2].map((seed) => fromArray(normal(seed), [1, rows, length]));
  const [sequence, gradient] = [x, g].map((t: Tensor) => permute(t, [0, 2, 1]));
  const exact = average.forward(sequence);
  const gradients = vjp([exact], [gradient], [sequence, average.omega, ...parameters(average.forwards)]);
  const [dx, dOmega, ...dWeights] = gradients;
  const fast = await FastEma.create(average, length);
  const values = async (t: Tensor): Promise<Float32Array> => (await t.data()) as Float32Array;
  await fast.forward(normal(1));
  expectClose(await values(fast.output), await values(permute(exact, [0, 2, 1])));
  await fast.forwardKept(normal(1));
  expectClose(await values(fast.output), await values(permute(exact, [0, 2, 1])));
  const found = await fast.backward(reshape(g, [rows, length]));
  expectClose(found.dx, await values(permute(dx, [0, 2, 1])));
  expectClose(found.omega, await values(dOmega));
  for (const [i, weight] of found.weights.entries()) expectClose(await values(weight), await values(dWeights[i]));
  fast.dispose();
  const both = new MultiDimensionalEma({ dim: rows, size: 4, bidirectional: true });
  await expect(FastEma.create(both, length)).rejects.toThrow(/one direction/);
});

test("lengths that transforms do not take are refused", async () => {
  await expect(RowConvolution.create(1, 48)).rejects.toThrow(/power of two and at least 16, got 48/);
  await expect(RowConvolution.create(1, 8)).rejects.toThrow(/got 8/);
  await expect(RowConvolution.create(0, 64)).rejects.toThrow(/at least 1 row, got 0/);
});

test("every operator runs forward and backward", async () => {
  for (const build of Object.values(operators)) {
    const contender = await build(64);
    await contender.forward();
    await contender.backward();
    contender.dispose?.();
  }
});

test("one thread is set for a measurement, and what was set before comes back even where it fails", async () => {
  configure({ threads: 2 });
  expect(await onOneThread(async () => configuration().threads)).toBe(1);
  await expect(onOneThread(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(configuration().threads).toBe(2);
  configure({ threads: 1 });
});

test("the work of the convolutions doubles with the length, three layers of 17 taps a token and channel", () => {
  const macs = (tokens: number): number =>
    cost((x: Tensor) => operatorNet().forward(x), zeros([1, tokens, channels])).macs;
  expect(macs(2048)).toBe(2048 * channels * 3 * 17);
  expect(macs(4096) / macs(2048)).toBe(2);
  expect(operatorNet().receptiveField).toBe(4369);
  expect(operatorNet(4).receptiveField).toBe(69_905);
});

test("the exponent of time is the slope between logarithms", () => {
  const points = [10, 20, 40, 80].map((n) => ({ length: n, seconds: 3 * n ** 1.5 }));
  expect(timeExponent(points)).toBeCloseTo(1.5, 10);
});

test("the picture's holes are the offsets that no path reaches", () => {
  const { layer } = receptiveFieldFigure() as unknown as {
    layer: { transform: { filter?: string; calculate?: string; as?: string }[] }[];
  };
  const [{ transform }] = layer;
  const find = (text: string | undefined) =>
    new Function("datum", "kernel", "factor", "layers", "floor", "pow", `return ${text}`);
  const inside = find(transform.find(({ filter }) => filter)?.filter);
  const token = find(transform.find(({ as }) => as === "token")?.calculate);
  for (const [kernel, factor, layers] of [
    [3, 4, 4],
    [2, 5, 3],
    [4, 4, 3],
    [5, 1, 3],
    [3, 2, 1],
  ]) {
    const expected = reachedOffsets(kernel, factor, layers);
    const args = (offset: number) => [{ offset }, kernel, factor, layers, Math.floor, Math.pow] as const;
    expected.forEach((reached, offset) => {
      expect(inside(...args(offset))).toBe(true);
      expect(token(...args(offset))).toBe(reached ? "read" : "hole");
    });
    expect(inside(...args(expected.length))).toBe(false);
  }
});
