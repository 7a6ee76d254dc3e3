import {
  cast,
  fromArray,
  Generator,
  grad,
  logSoftmax,
  ShapeError,
  softmax,
  sum,
  type Tensor,
  tensor,
} from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { binaryCrossEntropyWithLogits, crossEntropy } from "./cross-entropy.ts";
import { klDivergence } from "./divergence.ts";
import { gradientError } from "./numerical-gradient.ts";
import { gaussianNegativeLogLikelihood, huber, meanAbsoluteError, meanSquaredError } from "./regression.ts";

const random = new Generator(11);
const normals = (n: number): Float64Array => Float64Array.from(random.hostNormal(n));
const uniforms = (n: number): Float64Array => Float64Array.from(random.hostUniform(n));
const f64 = (data: Float64Array, shape: readonly number[]): Tensor => fromArray(data, shape);
const labels = tensor([2, 0, -1, 1], { dtype: "int32" });
const targets = f64(normals(20), [4, 5]);
const weights = f64(uniforms(4), [4]);
const classWeights = f64(Float64Array.of(0.5, 2, 1, 0.7, 0.7), [5]);
const soft = softmax(f64(normals(20), [4, 5]));

describe("gradients agree with central differences", () => {
  const cases: Record<string, (x: Tensor) => Tensor> = {
    crossEntropy: (x) => crossEntropy(x, labels),
    "crossEntropy, smoothed, weighted by class and entry": (x) =>
      crossEntropy(x, labels, { labelSmoothing: 0.1, classWeights, weights }),
    "crossEntropy of soft targets": (x) => crossEntropy(x, soft, { labelSmoothing: 0.05 }),
    meanSquaredError: (x) => meanSquaredError(x, targets),
    "meanSquaredError, masked": (x) =>
      meanSquaredError(x, targets, { weights: tensor([[true], [false], [true], [true]]) }),
    meanAbsoluteError: (x) => meanAbsoluteError(x, targets),
    huber: (x) => huber(x, targets, { delta: 0.7 }),
    "klDivergence in its second argument": (x) => klDivergence(logSoftmax(targets), logSoftmax(x)),
    "klDivergence in its first argument": (x) => klDivergence(logSoftmax(x), logSoftmax(targets)),
    "gaussianNegativeLogLikelihood in the mean": (x) => gaussianNegativeLogLikelihood(x, soft, targets),
    "gaussianNegativeLogLikelihood in the variance": (x) => gaussianNegativeLogLikelihood(soft, x, targets),
  };
  for (const [name, fn] of Object.entries(cases)) {
    test(name, async () => {
      expect(await gradientError(fn, normals(20), [4, 5])).toBeLessThan(1e-6);
    });
  }

  // The runtime has no softplus in float64: coarser differences, in float32.
  test("binaryCrossEntropyWithLogits, in float32", async () => {
    const t = cast(soft, "float32");
    for (const positiveWeight of [1, 3]) {
      const fn = (x: Tensor): Tensor => binaryCrossEntropyWithLogits(x, t, { positiveWeight, reduction: "sum" });
      expect(await gradientError(fn, Float32Array.from(normals(20)), [4, 5], 0.01)).toBeLessThan(1e-3);
    }
  });
});

describe("crossEntropy", () => {
  const logits = tensor([
    [1, 2, 3],
    [0, 0, 0],
    [5, 5, 5],
    [1e4, 0, -1e4],
  ]);
  const logSum = Math.log(Math.exp(1) + Math.exp(2) + Math.exp(3));

  test("is −log softmax at the label, and a label of −1 counts neither in the sum nor in the mean", async () => {
    const loss = crossEntropy(logits, tensor([2, 0, -1, 0], { dtype: "int32" }));
    expect(await loss.item()).toBeCloseTo((logSum - 3 + Math.log(3) + 0) / 3, 5);
  });

  test("stays finite for logits of ±10,000", async () => {
    const loss = crossEntropy(logits, tensor([0, 0, 0, 2], { dtype: "int32" }), { reduction: "none" });
    expect(Number((await loss.data())[3])).toBeCloseTo(2e4, 0);
  });

  test("takes a logit of −∞, which rules a class out, without a NaN", async () => {
    const ruledOut = tensor([[0, Number.NEGATIVE_INFINITY, 0]]);
    const loss = crossEntropy(ruledOut, tensor([2], { dtype: "int32" }));
    expect(await loss.item()).toBeCloseTo(Math.log(2), 6);
    expect(Array.from((await grad(loss, [ruledOut])[0].data()) as Float32Array)).toEqual([0.5, 0, -0.5]);
  });

  test("of no labels at all is 0 with a gradient of 0", async () => {
    const none = tensor([-1, -1, -1, -1], { dtype: "int32" });
    expect(Math.abs(await crossEntropy(logits, none).item())).toBe(0);
  });

  test("with one-hot soft targets equals the loss of whole labels", async () => {
    const whole = crossEntropy(logits, tensor([1, 2, 0, 1], { dtype: "int32" }), { labelSmoothing: 0.1 });
    const oneHot = [1, 2, 0, 1].map((c) => [0, 1, 2].map((i) => (i === c ? 1 : 0)));
    const softLoss = crossEntropy(logits, tensor(oneHot), { labelSmoothing: 0.1 });
    expect(await whole.item()).toBeCloseTo(await softLoss.item(), 2);
  });

  test("takes labels of any leading shape and refuses others with both shapes", async () => {
    const deep = crossEntropy(
      logits.reshape([2, 2, 3]),
      tensor(
        [
          [2, 0],
          [-1, 0],
        ],
        { dtype: "int32" },
      ),
    );
    expect(await deep.item()).toBeCloseTo((logSum - 3 + Math.log(3)) / 3, 5);
    expect(() => crossEntropy(logits, tensor([1, 2], { dtype: "int32" }))).toThrow(ShapeError);
    expect(() => crossEntropy(logits, tensor([1, 2], { dtype: "int32" }))).toThrow("[4], got [2]");
  });

  test("weighs classes as Σ w l / Σ w", async () => {
    const classWeights = tensor([1, 1, 4]);
    const loss = crossEntropy(logits.slice([{ axis: 0, end: 2 }]), tensor([2, 0], { dtype: "int32" }), {
      classWeights,
    });
    expect(await loss.item()).toBeCloseTo((4 * (logSum - 3) + Math.log(3)) / 5, 5);
  });
});

test("binary cross-entropy is exact and finite far from 0", async () => {
  const logits = tensor([-100, 100, 0, 30]);
  const loss = binaryCrossEntropyWithLogits(logits, tensor([1, 0, 1, 1]), { reduction: "none" });
  const [a, b, c, d] = Array.from(await loss.data(), Number);
  expect(a).toBeCloseTo(100, 4);
  expect(b).toBeCloseTo(100, 4);
  expect(c).toBeCloseTo(Math.LN2, 6);
  expect(d).toBeLessThan(1e-5);
});

test("huber is quadratic inside and linear outside of delta", async () => {
  const loss = huber(tensor([0.5, 3, -3]), tensor([0, 0, 0]), { delta: 1, reduction: "none" });
  expect(Array.from(await loss.data(), Number)).toEqual([0.125, 2.5, 2.5]);
});

test("the divergence of a distribution from itself is 0, and from another positive", async () => {
  const p = logSoftmax(tensor([[1, 2, 3]]));
  expect(await klDivergence(p, p).item()).toBe(0);
  expect(await klDivergence(p, logSoftmax(tensor([[3, 2, 1]]))).item()).toBeGreaterThan(0.1);
});

test("the Gaussian likelihood integrates to 1", async () => {
  const grid = Float32Array.from({ length: 4001 }, (_, i) => -20 + i / 100);
  const at = (value: number): Tensor => tensor(new Float32Array(4001).fill(value));
  const density = gaussianNegativeLogLikelihood(at(0.5), at(Math.log(2)), tensor(grid), { reduction: "none" });
  expect(await sum(density.neg().exp()).mul(0.01).item()).toBeCloseTo(1, 4);
});
