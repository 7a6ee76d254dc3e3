import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  associativeScan,
  configure,
  evaluate,
  eye,
  fromArray,
  grad,
  ones,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { expectClose } from "./check.ts";
import { waves } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const lengths = [1, 2, 37, 64];

/** Prefix products of 2×2 matrices on the host, first to last: z_i = x_1 · … · x_i. */
function matrixPrefixes(flat: Float32Array, length: number, reverse: boolean): number[] {
  const multiply = (a: number[], b: number[]) => [
    a[0] * b[0] + a[1] * b[2],
    a[0] * b[1] + a[1] * b[3],
    a[2] * b[0] + a[3] * b[2],
    a[2] * b[1] + a[3] * b[3],
  ];
  const matrices = Array.from({ length }, (_, i) => Array.from(flat.slice(4 * i, 4 * i + 4)));
  if (reverse) matrices.reverse();
  let prefix = [1, 0, 0, 1];
  const out = matrices.map((m) => {
    prefix = multiply(prefix, m);
    return prefix;
  });
  return (reverse ? out.reverse() : out).flat();
}

test.each(lengths.flatMap((n) => [false, true].map((reverse) => [n, reverse] as const)))(
  "prefix products of %i matrices, which do not commute, equal those taken one by one (reversed: %s)",
  async (n, reverse) => {
    const flat = waves(4 * n, 1);
    const x = fromArray(flat, [n, 2, 2]);
    const z = associativeScan((a: Tensor, b: Tensor) => op.matmul(a, b), x, eye(2).unsqueeze(0), { reverse });
    expectClose("prefixes", await z.data(), matrixPrefixes(flat, n, reverse), 1e-5);
  },
);

test.each(lengths)(
  "prefixes of %i affine maps solve h_t = a_t h_{t−1} + b_t, along an inner axis, and so do their gradients",
  async (n) => {
    const [a, b] = [fromArray(waves(3 * n, 2), [3, n]), fromArray(waves(3 * n, 3), [3, n])];
    const { b: h } = associativeScan(
      (earlier, later) => ({ a: earlier.a.mul(later.a), b: later.a.mul(earlier.b).add(later.b) }),
      { a, b },
      { a: ones([1, 1]), b: zeros([1, 1]) },
      { axis: -1 },
    );
    const sequential = op
      .scan(
        (carry: Tensor, [at, bt]: readonly Tensor[]) => {
          const next = at.mul(carry).add(bt);
          return { carry: next, output: next };
        },
        zeros([3]),
        [a.transpose(), b.transpose()],
      )
      .outputs.transpose();
    const losses = [h, sequential].map((y) => op.sum(y.mul(y)));
    const [parallel, stepwise] = losses.map((loss, i) => reference([[h, sequential][i], ...grad(loss, [a, b])]));
    parallel.forEach((value, i) => {
      expectClose(`quantity ${i}`, value, stepwise[i], 1e-9);
    });
    const slopes = grad(losses[0], [a, b]);
    await evaluate([h, ...slopes]);
    [h, ...slopes].forEach((t, i) => {
      expectClose(`runtime ${i}`, t.held as Float32Array, parallel[i], 5e-5);
    });
  },
);

test("a running maximum by associative scan gives the gradient to the winners", async () => {
  const x = tensor([1, 3, 2, 5]);
  const top = associativeScan((a: Tensor, b: Tensor) => op.maximum(a, b), x, tensor(-1e30));
  const slope = grad(op.sum(top), x);
  await evaluate([top, slope]);
  expect(Array.from(top.held as Float32Array)).toEqual([1, 3, 3, 5]);
  expect(Array.from(slope.held as Float32Array)).toEqual([1, 2, 0, 1]);
});

test("leaves of different lengths and missing identities are refused", () => {
  const pair = { a: ones([3]), b: ones([4]) };
  const combine = (_: typeof pair, later: typeof pair) => later;
  expect(() => associativeScan(combine, pair, { a: ones([1]), b: ones([1]) })).toThrow(/\[4\].*3 elements/);
  expect(() => associativeScan((_: Tensor, b: Tensor) => b, ones([0]), ones([1]))).toThrow(op.ShapeError);
  expect(() => associativeScan((_: Tensor[], b: Tensor[]) => b, [ones([2])], [])).toThrow(/1 leaves and 0 identities/);
});
