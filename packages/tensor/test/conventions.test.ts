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
