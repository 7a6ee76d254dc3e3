import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, evaluate, grad, scalar, type Tensor, tensor } from "../src/index.ts";

configure({ threads: 1 });

/** The gradient of Σ f(x). */
async function slope(x: Tensor, f: (x: Tensor) => Tensor): Promise<number[]> {
  return Array.from((await grad(op.sum(f(x)), x).data()) as Float32Array);
}

test("a maximum shares its gradient among the winners that tie", async () => {
  const x = tensor([
    [3, 1, 3],
    [2, 2, 2],
  ]);
  expect(await slope(x, (t) => op.max(t, 1))).toEqual([0.5, 0, 0.5].concat([1 / 3, 1 / 3, 1 / 3].map(Math.fround)));
  expect(await slope(x, (t) => op.min(t))).toEqual([0, 1, 0, 0, 0, 0]);
});

test("maximum, minimum and clamp split the gradient in half where the two sides are equal", async () => {
  const [a, b] = [tensor([1, 2, 3]), tensor([2, 2, 2])];
  const loss = op.sum(op.maximum(a, b).add(op.minimum(a, b).mul(10)));
  const [ga, gb] = grad(loss, [a, b]);
  await evaluate([ga, gb]);
  expect(Array.from(ga.held as Float32Array)).toEqual([10, 5.5, 1]);
  expect(Array.from(gb.held as Float32Array)).toEqual([1, 5.5, 10]);
  expect(await slope(tensor([-2, -1, 0, 1, 2]), (t) => op.clamp(t, -1, 1))).toEqual([0, 0.5, 1, 0.5, 0]);
});

test("maxPool shares the gradient of a window among its winners", async () => {
  const x = tensor([
    [
      [
        [1, 1, 0, 5],
        [1, 0, 5, 2],
      ],
    ],
  ]);
  expect(await slope(x, (t) => op.maxPool(t, { kernel: 2 }))).toEqual(
    [1 / 3, 1 / 3, 0, 0.5, 1 / 3, 0, 0.5, 0].map(Math.fround),
  );
});

test("segmentMax shares the gradient of a segment among its winners", async () => {
  const ids = tensor([0, 0, 1, 0], { dtype: "int32" });
  expect(await slope(tensor([4, 4, 1, 2]), (t) => op.segmentMax(t, ids, 2))).toEqual([0.5, 0.5, 1, 0]);
});

test("the derivatives of relu, |x| and sign at 0 are 0", async () => {
  const x = tensor([-1, 0, 1]);
  expect(await slope(x, op.relu)).toEqual([0, 0, 1]);
  expect(await slope(x, op.abs)).toEqual([-1, 0, 1]);
  expect(await slope(x, op.sign)).toEqual([0, 0, 0]);
});

test("the derivative of the square root at 0 is infinite", async () => {
  expect(await slope(tensor([0, 4]), op.sqrt)).toEqual([Number.POSITIVE_INFINITY, 0.25]);
});

test("0·log 0 is 0 in xlogy, with gradients 0, where a product with log gives NaN", async () => {
  const p = tensor([0, 0.25, 1]);
  const [safe, plain] = [op.xlogy(p, p), op.mul(p, op.log(p))];
  await evaluate([safe, plain]);
  expect(Array.from(safe.held as Float32Array)).toEqual([0, Math.fround(0.25 * Math.log(0.25)), 0]);
  expect(Array.from(plain.held as Float32Array)).toEqual([Number.NaN, Math.fround(0.25 * Math.log(0.25)), 0]);
  // 1 + log p, and at 0 nothing: the limit there is −∞.
  expect(await slope(p, (t) => op.xlogy(t, t))).toEqual([0, Math.fround(1 + Math.log(0.25)), 1]);
  expect((await slope(p, (t) => t.mul(op.log(t))))[0]).toBeNaN();
});

test("the gradients of xlogy in its two factors are log y and x/y, and 0 where x = 0 and y ≤ 0", async () => {
  const [x, y] = [tensor([0, 0, 2, 0, 2]), tensor([0, 4, 4, -1, 0])];
  const value = op.xlogy(x, y);
  const [gx, gy] = grad(op.sum(value), [x, y]);
  await evaluate([value, gx, gy]);
  const [log4, inf] = [Math.fround(Math.log(4)), Number.POSITIVE_INFINITY];
  expect(Array.from(value.held as Float32Array, (v) => v + 0)).toEqual([0, 0, Math.fround(2 * log4), 0, -inf]);
  expect(Array.from(gx.held as Float32Array)).toEqual([0, log4, log4, 0, -inf]);
  expect(Array.from(gy.held as Float32Array, (v) => v + 0)).toEqual([0, 0, 0.5, 0, inf]);
  expect(await op.xlogy(0, tensor([Number.NaN])).data()).toEqual(Float32Array.of(Number.NaN));
});

test("the entropy of a softmax with a class ruled out is finite through xlogy, with no gradient to that class", async () => {
  const logits = tensor([0, 0, Number.NEGATIVE_INFINITY]);
  const entropy = (x: Tensor) => op.neg(op.sum(op.xlogy(op.softmax(x), op.softmax(x))));
  expect(await entropy(logits).item()).toBeCloseTo(Math.log(2), 6);
  const g = await slope(logits, entropy);
  expect(g[2] + 0).toBe(0);
  expect(Math.abs(g[0]) + Math.abs(g[1])).toBeLessThan(1e-6);
  // −Σ p·log p from logSoftmax has 0·(−∞).
  expect(await op.sum(op.softmax(logits).mul(op.logSoftmax(logits))).item()).toBeNaN();
});

test("a cross entropy whose target is 0 where the prediction is 0 is finite through xlogy", async () => {
  const [target, prediction] = [tensor([0, 1]), tensor([0, 0.5])];
  const loss = op.neg(op.sum(op.xlogy(target, prediction)));
  const g = grad(loss, prediction);
  await evaluate([loss, g]);
  expect(loss.held).toEqual(Float32Array.of(Math.fround(Math.log(2))));
  expect(Array.from(g.held as Float32Array, (v) => v + 0)).toEqual([0, -2]);
});

test("the derivative of the logarithm at 0 is infinite", async () => {
  expect(await slope(tensor([0, 4]), op.log)).toEqual([Number.POSITIVE_INFINITY, 0.25]);
});

test("a norm at 0 and a standard deviation of equal values have a derivative that is not a number", async () => {
  expect(await slope(tensor([0, 0]), (x) => op.norm(x))).toEqual([Number.NaN, Number.NaN]);
  expect(await slope(tensor([3, 3]), (x) => op.std(x))).toEqual([Number.NaN, Number.NaN]);
  expect(await slope(tensor([3, 4]), (x) => op.norm(x))).toEqual([0.6, 0.8].map(Math.fround));
});

test("topK and sort keep the order of values that tie, and send each its own gradient", async () => {
  const x = tensor([2, 5, 2, 5, 1]);
  const up = op.sort(x);
  const down = op.sort(x, { descending: true });
  const top = op.topK(x, 1);
  const order = op.argSort(x);
  await evaluate([up.indices, down.indices, top.indices, order]);
  expect(Array.from(up.indices.held as Int32Array)).toEqual([4, 0, 2, 1, 3]);
  expect(Array.from(order.held as Int32Array)).toEqual([4, 0, 2, 1, 3]);
  expect(Array.from(down.indices.held as Int32Array)).toEqual([1, 3, 0, 2, 4]);
  expect(Array.from(top.indices.held as Int32Array)).toEqual([1]);
  // Unlike that of max: the first winner takes all.
  expect(await slope(x, (t) => op.topK(t, 1).values)).toEqual([0, 1, 0, 0, 0]);
  expect(await slope(x, (t) => op.sort(t).values.mul(tensor([1, 2, 3, 4, 5])))).toEqual([2, 4, 3, 5, 1]);
});

test("at their corners leakyRelu and elu take the slope of the left, relu6 and hardSigmoid half of the line's", async () => {
  const zero = tensor([0]);
  expect(await slope(zero, (x) => op.leakyRelu(x, 0.25))).toEqual([0.25]);
  // With α = 1 elu is smooth: 1 from both sides.
  expect(await slope(zero, op.elu)).toEqual([1]);
  expect(await slope(zero, (x) => op.elu(x, 0.5))).toEqual([0.5]);
  expect(await slope(tensor([0, 6]), op.relu6)).toEqual([0.5, 0.5]);
  expect(await slope(tensor([-3, 3]), op.hardSigmoid)).toEqual([1 / 12, 1 / 12].map(Math.fround));
});

test("a variance with a correction divides by as many fewer values, and refuses to divide by none", async () => {
  const x = tensor([1, 2, 3, 6]);
  const values = [op.variance(x), op.variance(x, 0, { correction: 1 }), op.std(x, 0, { correction: 1 })];
  await evaluate(values);
  [3.5, 14 / 3, Math.sqrt(14 / 3)].forEach((wanted, i) => {
    expect(Number(values[i].held?.[0])).toBeCloseTo(wanted, 5);
  });
  for (const correction of [4, 5, -1, Number.NaN]) expect(() => op.std(x, 0, { correction })).toThrow(op.DomainError);
});

test("roll and flip of several axes are those of one axis after the other", async () => {
  const x = op.arange(6).reshape([2, 3]);
  const values = [op.roll(x, [1, 1], [0, 1]), op.roll(x, [1, 1], [1, 1]), op.flip(x, [0, 1])];
  await evaluate(values);
  expect(values.map((v) => Array.from(v.held as Int32Array))).toEqual([
    [5, 3, 4, 2, 0, 1],
    [1, 2, 0, 4, 5, 3],
    [5, 4, 3, 2, 1, 0],
  ]);
  expect(() => op.roll(x, [1, 2], 0)).toThrow(/shifts \[1, 2\] for the axes \[0\]/);
  expect(() => op.flip(x, [0, -2])).toThrow(op.AxisError);
});

test("scatterAdd refuses rows that are no slices of the axis, naming what it needs", () => {
  const ids = tensor([0, 1], { dtype: "int32" });
  expect(() => op.scatterAdd(op.zeros([3, 4]), ids, op.zeros([3, 3]), 1)).toThrow(/needs \[3, 2\]/);
});

test("the gradient of a product with one zero goes to that zero alone, with two zeros it is 0 everywhere", async () => {
  const x = tensor([
    [2, 0, 3],
    [0, 5, 0],
    [2, 3, 4],
  ]);
  expect(await slope(x, (t) => op.prod(t, 1))).toEqual([0, 6, 0, 0, 0, 0, 12, 8, 6]);
});

test("0 to a power has derivative 0 in the exponent", async () => {
  const [base, exponent] = [tensor([0, 2]), tensor([2, 3])];
  const gradients = grad(op.sum(op.pow(base, exponent)), [base, exponent]);
  await evaluate(gradients);
  expect(Array.from(gradients[0].held as Float32Array)).toEqual([0, 12]);
  expect(Array.from(gradients[1].held as Float32Array)).toEqual([0, Math.fround(8 * Math.log(2))]);
});

test("where takes value and gradient only from the chosen side: NaN and infinity on the other do not leak", async () => {
  const x = tensor([-1, 0, 4]);
  const safe = op.where(op.greater(x, 0), x, 1);
  const y = op.where(op.greater(x, 0), op.log(safe), op.mul(x, 3));
  const chosen = op.where(op.greater(x, 0), op.sqrt(x), tensor([5, 6, 7]));
  const g = grad(op.sum(y), x);
  const through = grad(op.sum(chosen), chosen);
  await evaluate([y, g, chosen, through]);
  expect(Array.from(g.held as Float32Array)).toEqual([3, 3, 0.25]);
  expect(Array.from(chosen.held as Float32Array)).toEqual([5, 6, 2]);
  expect(Array.from(through.held as Float32Array)).toEqual([1, 1, 1]);
  const nan = tensor([Number.NaN, 1]);
  const picked = op.where(tensor([false, true]), nan, 0);
  const leak = grad(op.sum(picked), nan);
  await evaluate([picked, leak]);
  expect(Array.from(picked.held as Float32Array)).toEqual([0, 1]);
  expect(Array.from(leak.held as Float32Array)).toEqual([0, 1]);
});

test("round takes halves to the even neighbour", async () => {
  const rounded = await op.round(tensor([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])).data();
  expect(Array.from(rounded as Float32Array, (v) => v + 0)).toEqual([-2, -2, 0, 0, 2, 2]);
});

test("mod has the sign of the divisor for whole numbers and of the dividend for floats", async () => {
  const whole = op.mod(tensor([-7, 7], { dtype: "int32" }), tensor([3, -3], { dtype: "int32" }));
  const float = op.mod(tensor([-7, 7]), tensor([3, -3]));
  await evaluate([whole, float]);
  expect(Array.from(whole.held as Int32Array)).toEqual([2, -2]);
  expect(Array.from(float.held as Float32Array)).toEqual([-1, 1]);
});

test("a negative number shifts right as its bits, with zeros coming in", async () => {
  const shifted = op.shiftRight(tensor([-1], { dtype: "int32" }), tensor([24], { dtype: "int32" }));
  expect(await shifted.item()).toBe(255);
});

test("argMax and argMin take the first of several that tie", async () => {
  const x = tensor([
    [1, 3, 3],
    [0, 0, 2],
  ]);
  const [most, least] = [op.argMax(x, 1), op.argMin(x, 1)];
  await evaluate([most, least]);
  expect(Array.from(most.held as Int32Array)).toEqual([1, 2]);
  expect(Array.from(least.held as Int32Array)).toEqual([0, 0]);
});

test("any and all count every number but 0 as true", async () => {
  const x = tensor([
    [0.5, 0],
    [0, 0],
  ]);
  const [some, every] = [op.any(x, 1), op.all(tensor([0.25, -3]))];
  await evaluate([some, every]);
  expect(Array.from(some.held as Uint8Array)).toEqual([1, 0]);
  expect(Array.from(every.held as Uint8Array)).toEqual([1]);
});

test("softmax, logSoftmax, logSumExp and softplus do not overflow", async () => {
  const x = tensor([1000, 0, -1000]);
  const values = [op.softmax(x), op.logSoftmax(x), op.logSumExp(x), op.softplus(x)];
  await evaluate(values);
  expect(values.map((v) => Array.from(v.held as Float32Array, (n) => n + 0))).toEqual([
    [1, 0, 0],
    [0, -1000, -2000],
    [1000],
    [1000, Math.fround(Math.log(2)), 0],
  ]);
});

test("log1p and expm1 keep small arguments exact", async () => {
  const x = tensor([1e-10, -1e-7, 1e-4]);
  const [a, b] = [op.log1p(x), op.expm1(x)];
  await evaluate([a, b]);
  for (let i = 0; i < 3; i++) {
    const value = Number((x.held as Float32Array)[i]);
    expect(Math.abs(Number(a.held?.[i]) / Math.log1p(value) - 1)).toBeLessThan(5e-7);
    expect(Math.abs(Number(b.held?.[i]) / Math.expm1(value) - 1)).toBeLessThan(5e-7);
  }
});

test("the sum of nothing is 0 and the product of nothing 1", async () => {
  const x = op.zeros([2, 0]);
  const [total, product] = [op.sum(x, 1), op.prod(x, 1)];
  await evaluate([total, product]);
  expect(Array.from(total.held as Float32Array)).toEqual([0, 0]);
  expect(Array.from(product.held as Float32Array)).toEqual([1, 1]);
});

test("an empty segment sums and averages to 0, and its maximum is the lowest number", async () => {
  const ids = tensor([0], { dtype: "int32" });
  const rows = tensor([7]);
  const values = [op.segmentSum(rows, ids, 2), op.segmentMean(rows, ids, 2), op.segmentMax(rows, ids, 2)];
  await evaluate(values);
  expect(values.map((v) => Number(v.held?.[1]))).toEqual([0, 0, -3.4028234663852886e38]);
});

test("a class outside the range gives a one-hot row of zeros", async () => {
  const rows = op.oneHot(tensor([-1, 1, 3], { dtype: "int32" }), 3);
  expect(Array.from((await rows.data()) as Float32Array)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
});

test("a gradient is zero where the loss does not depend on the tensor", async () => {
  const [x, y] = [tensor([1, 2]), tensor([3, 4])];
  expect(Array.from((await grad(op.sum(x), y).data()) as Float32Array)).toEqual([0, 0]);
});

test("stopGradient keeps the value and ends every derivative", async () => {
  const x = tensor([3]);
  expect(await slope(x, (t) => t.mul(op.stopGradient(t)))).toEqual([3]);
  expect(await grad(op.stopGradient(scalar(2)), x).item()).toBe(0);
});
