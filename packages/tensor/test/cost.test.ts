import { expect, test } from "vitest";
import {
  conv,
  convTranspose,
  cost,
  exp,
  grad,
  jit,
  matmul,
  Parameter,
  relu,
  scan,
  spmm,
  sum,
  type Tensor,
  zeros,
} from "../src/index.ts";
import { CsrMatrix } from "../src/sparse/csr-matrix.ts";

const floatBytes = 4;

test("a matrix product costs a multiply-accumulate for each row, column and inner step, and two operations each", () => {
  const { macs, flops } = cost(matmul, zeros([5, 7]), zeros([7, 3]));
  expect([macs, flops]).toEqual([105, 210]);
  expect(cost((a: Tensor, b: Tensor) => matmul(a.transpose(), b), zeros([7, 5]), zeros([7, 3])).macs).toBe(105);
  expect(cost(matmul, zeros([2, 4, 5, 7]), zeros([7, 3])).macs).toBe(8 * 105);
  expect(cost(matmul, zeros([2, 1, 5, 7]), zeros([4, 7, 3])).macs).toBe(8 * 105);
});

test("a convolution costs kernel × channels of its group for each output", () => {
  const image = zeros([2, 8, 16, 16]);
  expect(cost((x: Tensor) => conv(x, zeros([12, 8, 3, 3]), { padding: 1 }), image).macs).toBe(2 * 12 * 16 * 16 * 8 * 9);
  expect(cost((x: Tensor) => conv(x, zeros([12, 8, 3, 3]), { padding: 1, stride: 2 }), image).macs).toBe(
    2 * 12 * 64 * 8 * 9,
  );
  expect(cost((x: Tensor) => conv(x, zeros([12, 2, 3, 3]), { padding: 1, groups: 4 }), image).macs).toBe(
    2 * 12 * 256 * 2 * 9,
  );
  expect(cost((x: Tensor) => conv(x, zeros([8, 1, 3, 3]), { padding: 1, groups: 8 }), image).macs).toBe(
    2 * 8 * 256 * 9,
  );
  expect(cost((x: Tensor) => convTranspose(x, zeros([8, 3, 2, 2]), { stride: 2 }), image).macs).toBe(
    2 * 8 * 256 * 3 * 4,
  );
});

test("the backward pass of a product or a convolution costs twice its forward pass", () => {
  const forward = cost((x: Tensor, w: Tensor) => sum(matmul(x, w)), zeros([5, 7]), zeros([7, 3])).macs;
  const both = cost((x: Tensor, w: Tensor) => grad(sum(exp(matmul(x, w))), [x, w]), zeros([5, 7]), zeros([7, 3])).macs;
  expect(both).toBe(3 * forward);
  const step = (x: Tensor, w: Tensor) => grad(sum(exp(conv(x, w, { padding: 1 }))), [x, w]);
  expect(cost(step, zeros([2, 4, 6, 6]), zeros([5, 4, 3, 3])).macs).toBe(3 * 2 * 5 * 36 * 4 * 9);
});

test("a loop costs its body times its steps", () => {
  const loop = (h: Tensor, xs: Tensor, w: Tensor) =>
    scan((c: Tensor, x: Tensor) => ({ carry: matmul(c, w).add(x), output: [] }), h, xs).carry;
  expect(cost(loop, zeros([2, 3]), zeros([10, 2, 3]), zeros([3, 3])).macs).toBe(10 * 2 * 3 * 3);
});

test("a sparse product costs one multiply-accumulate for each entry and column", () => {
  const matrix = CsrMatrix.fromEntries(3, 3, [
    [0, 1, 1],
    [2, 2, 1],
  ]);
  expect(cost((x: Tensor) => spmm(matrix, x), zeros([3, 5])).macs).toBe(10);
});

test("movement costs bytes and no operations, arithmetic one operation a value", () => {
  const moved = cost((x: Tensor) => x.transpose().reshape([12]), zeros([3, 4]));
  expect([moved.flops, moved.bytes]).toEqual([0, 4 * 12 * floatBytes]);
  const added = cost((x: Tensor) => x.add(x), zeros([3, 4]));
  expect([added.flops, added.bytes]).toEqual([12, 3 * 12 * floatBytes]);
});

test("parameters are those the function reads, each once", () => {
  const [w, unused] = [new Parameter(zeros([3, 4])), new Parameter(zeros([100]))];
  expect(unused.size).toBe(100);
  expect(cost((x: Tensor) => matmul(matmul(x, w), w.transpose()), zeros([2, 3])).parameters).toBe(12);
});

test("the peak of a chain is its two neighbouring values, of a fork all that is still to be read", () => {
  const x = zeros([100]);
  const chain = (t: Tensor) => exp(relu(exp(relu(t))));
  expect(cost(chain, x).peakBytes).toBe(2 * 100 * floatBytes);
  const fork = (t: Tensor) => {
    const kept = exp(t);
    return relu(exp(relu(kept))).add(kept);
  };
  expect(cost(fork, x).peakBytes).toBe(3 * 100 * floatBytes);
  // Keeping every activation for the backward pass: exp keeps its four outputs, then gradients come two at a time.
  const trained = (t: Tensor) => grad(sum(exp(exp(exp(exp(t))))), t);
  expect(cost(trained, x).peakBytes).toBeGreaterThanOrEqual(4 * 100 * floatBytes);
});

test("operations are listed with the dearest first, and their sums are the totals", () => {
  const result = cost((x: Tensor, w: Tensor) => relu(matmul(x, w)), zeros([5, 7]), zeros([7, 3]));
  expect(result.operations.map(({ operation, count }) => [operation, count])).toEqual([
    ["matmul", 1],
    ["relu", 1],
  ]);
  expect(result.operations.reduce((n, { flops }) => n + flops, 0)).toBe(result.flops);
});

test("the cost is counted without running or changing anything", async () => {
  const w = new Parameter(zeros([2]));
  const step = () => w.assign(w.add(1));
  cost(step);
  expect(Array.from((await w.data()) as Float32Array)).toEqual([0, 0]);
  await jit(step)();
  expect(Array.from((await w.data()) as Float32Array)).toEqual([1, 1]);
});
