import { VisionTransformer } from "@paperworks/nn";
import { cost, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { attentionFlops, deitSmall, networkMacs, rateOfEqualMacs } from "./attention-flops.ts";
import { systemMacs } from "./network-cost.ts";
import type { Sparsifiner } from "./sparsifiner.ts";
import { networkShape, type System, studentOf, students } from "./systems.ts";

test.each([
  [0.25, 47.1],
  [0.1, 62.4],
  [0.05, 67.4],
  [0.01, 71.5],
])("keeping %d of DeiT-S's keys at density 1/2 saves %d % of its attention, predictor included", (keep, percent) => {
  expect(Math.abs(100 * attentionFlops({ tokens: 197, headDim: 64, keep }).saved - percent)).toBeLessThan(0.1);
});

test("the cost of a dense network is that of its graph", () => {
  const model = new VisionTransformer({ image: 32, patch: 4, dim: 48, depth: 4, heads: 3, hidden: 144, classes: 10 });
  const { macs } = cost((x: Tensor) => model.forward(x), zeros([1, 3, 32, 32]));
  expect(networkMacs({ ...networkShape, keep: 1 })).toBe(macs);
});

test("the cost of token pruning is that of its graph", () => {
  const model = studentOf({ name: "pruned", rate: 0.7 });
  const { macs } = cost((x: Tensor) => model.forward(x), zeros([1, 3, 32, 32]));
  expect(systemMacs(students.pruned, 0.5)).toBe(macs);
});

test("a gathered graph takes what the formula counts, with the basis product dense and the class token's row apart", () => {
  const model = studentOf(students.quarter);
  const graph = cost(
    (x: Tensor) => (model as Sparsifiner).features(x, { execution: "gathered" }).pooled,
    zeros([1, 3, 32, 32]),
  ).macs;
  const [n, d, c, reduced, m, layers] = [65, 16, 8, 10, 17, 4 * 3];
  const withoutHead = networkMacs({ ...networkShape, keep: 1 }) - 48 * 10;
  const predictor = n * d * c + (n - 1) * d * c + n * reduced * c + (n - 1) * reduced * c + (n - 1) * reduced * n;
  const attention = 2 * (n - 1) * m * d + 2 * n * d;
  expect(graph).toBe(withoutHead - layers * 2 * n * n * d + layers * (predictor + attention));
});

test("of the students here the dense one costs most, and dropping tokens and keys together least", () => {
  const of = (system: System): number => systemMacs(system, 0.2);
  const all = Object.values<System>(students).map(of);
  expect(Math.max(...all)).toBe(of(students.dense));
  expect(Math.min(...all)).toBe(of(students.both));
  expect(of(students.window)).toBeLessThan(of(students.quarter));
});

test("DeiT-S takes 4.6 G multiply-accumulates, and 60 % fewer with a quarter of the keys and 0.4 of the tokens", () => {
  const dense = networkMacs({ ...deitSmall, keep: 1 });
  expect(dense / 1e9).toBeCloseTo(4.6, 1);
  const sparse = networkMacs({ ...deitSmall, keep: 0.25, pruning: { after: [3, 6, 9], rate: 0.4 } });
  expect(1 - sparse / dense).toBeCloseTo(0.597, 3);
});

test("a budget never exceeds the tokens left", () => {
  const shape = { tokens: 65, headDim: 16, keep: 0.5, left: 20 };
  const { sparse } = attentionFlops(shape);
  expect(sparse).toBe(2 * 20 * 16 * 8 + 2 * 20 * 10 * 8 + 8 * 400 * 0.5 + 2 * 20 * 20 * 16);
});

test("the rate of equal cost is the lowest that does not fall below it", () => {
  const after = [1, 2, 3];
  const at = (rate: number): number => networkMacs({ ...networkShape, keep: 1, pruning: { after, rate } });
  const rate = rateOfEqualMacs(networkShape, after, 5e6);
  expect(at(rate)).toBeGreaterThanOrEqual(5e6);
  expect(at(rate - 0.001)).toBeLessThan(5e6);
  expect(() => rateOfEqualMacs(networkShape, after, 1e9)).toThrow(/takes fewer than 1000000000/);
  expect(() => attentionFlops({ tokens: 65, headDim: 16, keep: 0.5, basisDensity: 2 })).toThrow(/\[0, 1\], got 2/);
});
