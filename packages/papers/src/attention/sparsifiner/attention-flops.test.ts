import { VisionTransformer } from "@paperworks/nn";
import { cost, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { attentionFlops, deitSmall, networkMacs, rateOfEqualMacs } from "./attention-flops.ts";

test.each([
  [0.25, 47.1],
  [0.1, 62.4],
  [0.05, 67.4],
  [0.01, 71.5],
])("keeping %d of DeiT-S's keys at density 1/2 saves %d % of its attention, predictor included", (keep, percent) => {
  expect(Math.abs(100 * attentionFlops({ tokens: 197, headDim: 64, keep }).saved - percent)).toBeLessThan(0.1);
});

test("the cost of a dense network is that of its graph", () => {
  const shape = { tokens: 65, dim: 48, depth: 4, heads: 3, hidden: 144, patchSize: 48, classes: 10 };
  const model = new VisionTransformer({ image: 32, patch: 4, dim: 48, depth: 4, heads: 3, hidden: 144, classes: 10 });
  const { macs } = cost((x: Tensor) => model.forward(x), zeros([1, 3, 32, 32]));
  expect(networkMacs({ ...shape, keep: 1 })).toBe(macs);
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
  const shape = { tokens: 65, dim: 48, depth: 4, heads: 3, hidden: 144, patchSize: 48, classes: 10 };
  const after = [1, 2, 3];
  const at = (rate: number): number => networkMacs({ ...shape, keep: 1, pruning: { after, rate } });
  const rate = rateOfEqualMacs(shape, after, 5e6);
  expect(at(rate)).toBeGreaterThanOrEqual(5e6);
  expect(at(rate - 0.001)).toBeLessThan(5e6);
  expect(() => rateOfEqualMacs(shape, after, 1e9)).toThrow(/takes fewer than 1000000000/);
  expect(() => attentionFlops({ tokens: 65, headDim: 16, keep: 0.5, basisDensity: 2 })).toThrow(/\[0, 1\], got 2/);
});
