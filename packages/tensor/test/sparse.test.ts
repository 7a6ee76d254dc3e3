import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  CsrMatrix,
  configure,
  type Entry,
  evaluate,
  fromArray,
  Generator,
  grad,
  jit,
  segmentMax,
  segmentSum,
  spmm,
  type Tensor,
  zeros,
} from "../src/index.ts";
import { checkOperation, expectClose } from "./check.ts";
import { waves } from "./expressions.ts";

configure({ threads: 1 });

// Row 1 and column 3 are empty; two entries fall on one place.
const entries: Entry[] = [
  [3, 0, 1.5],
  [0, 2, -2],
  [0, 1, 0.5],
  [2, 2, 3],
  [0, 2, 1],
];
const matrix = CsrMatrix.fromEntries(4, 4, entries);
const dense = () => fromArray(matrix.toDense(), [4, 4]);

test("entries in any order become sorted rows, those at one place add up, and the dense form agrees", () => {
  expect(Array.from(matrix.rowPointers)).toEqual([0, 2, 2, 3, 4]);
  expect(Array.from(matrix.columnIndices)).toEqual([1, 2, 2, 0]);
  expect(Array.from(matrix.values)).toEqual([0.5, -1, 3, 1.5]);
  expect(Array.from(matrix.toDense())).toEqual([0, 0.5, -1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1.5, 0, 0, 0]);
});

test("a sparse product equals the dense one, empty rows give zeros, and so do the transpose and the host", async () => {
  const x = fromArray(waves(12, 1), [4, 3]);
  const [y, expected] = [spmm(matrix, x), op.matmul(dense(), x)];
  const [t, expectedT] = [spmm(matrix.transpose(), x), op.matmul(dense().transpose(), x)];
  await evaluate([y, expected, t, expectedT]);
  expectClose("Ax", y.held as Float32Array, Array.from(expected.held as Float32Array), 1e-6);
  expectClose("Aᵀx", t.held as Float32Array, Array.from(expectedT.held as Float32Array), 1e-6);
  expectClose("host", matrix.multiplyHost(waves(12, 1), 3), Array.from(expected.held as Float32Array), 1e-6);
  expect(Array.from((y.held as Float32Array).slice(3, 6))).toEqual([0, 0, 0]);
});

test("the gradients of a sparse product in x and in its values are those of the dense one at the entries", async () => {
  const x = fromArray(waves(12, 1), [4, 3]);
  const values = fromArray(matrix.values, [4]);
  const weights = fromArray(waves(12, 2), [4, 3]);
  const [gx, gv] = grad(op.sum(spmm(matrix, x, values).mul(weights)), [x, values]);
  const full = dense();
  const [dx, dm] = grad(op.sum(op.matmul(full, x).mul(weights)), [x, full]);
  await evaluate([gx, gv, dx, dm]);
  expectClose("dx", gx.held as Float32Array, Array.from(dx.held as Float32Array), 1e-6);
  const rows = matrix.rowIndices();
  const atEntries = Array.from(matrix.columnIndices, (column, e) => Number(dm.held?.[rows[e] * 4 + column]));
  expectClose("dvalues", gv.held as Float32Array, atEntries, 1e-6);
});

test("a sparse product takes tensors of more and fewer axes, and matrices without entries", async () => {
  const none = CsrMatrix.fromEntries(2, 3, []);
  await checkOperation(
    {
      inputs: [fromArray(waves(4, 1), [4]), fromArray(waves(16, 2), [4, 2, 2]), fromArray(matrix.values, [4])],
      apply: (vector: Tensor, cube: Tensor, values: Tensor) => [
        spmm(matrix, vector, values),
        spmm(matrix, cube, values),
        spmm(none, vector.slice([{ axis: 0, end: 3 }])),
      ],
    },
    { derivatives: 2 },
  );
});

test("a matrix is refused that is not one, with the offending value", () => {
  expect(() => CsrMatrix.fromEntries(2, 2, [[2, 0, 1]])).toThrow(/row 2 is outside 0 … 1/);
  expect(() => CsrMatrix.fromEntries(2, 2, [[0, -1, 1]])).toThrow(/column -1 is outside/);
  const make = (pointers: number[], columns: number[]) => () =>
    new CsrMatrix(2, 2, Int32Array.from(pointers), Int32Array.from(columns), new Float32Array(columns.length));
  expect(make([0, 1], [0])).toThrow(/2 row pointers/);
  expect(make([0, 2, 1], [0])).toThrow(/must not fall, got 2 then 1/);
  expect(make([0, 1, 1], [5])).toThrow(/column 5/);
  expect(() => spmm(matrix, zeros([3, 2]))).toThrow(/4 × 4 does not multiply \[3, 2\]/);
  expect(() => spmm(matrix, zeros([4, 2]), zeros([3]))).toThrow(/\[3\] values for 4 entries/);
});

test("rows with one target are added on two threads as on one, however many there are, and the same at each run", async () => {
  const [rows, width, count] = [60_000, 16, 3];
  const values = fromArray(new Generator(5).hostNormal(rows * width), [rows, width]);
  const ids = fromArray(
    Int32Array.from({ length: rows }, (_, i) => i % count),
    [rows],
  );
  const matrix = CsrMatrix.fromEntries(
    count,
    rows,
    Array.from({ length: rows }, (_, i): [number, number, number] => [i % count, i, 1]),
  );
  const sums = async (threads: number): Promise<unknown[]> => {
    configure({ threads });
    const step = jit((x: Tensor) => [segmentSum(x, ids, count), spmm(matrix, x), segmentMax(x, ids, count)]);
    const runs: unknown[] = [];
    for (let i = 0; i < 5; i++) runs.push(await Promise.all((await step(values)).map((t) => t.data())));
    return runs;
  };
  const [one, two] = [await sums(1), await sums(2)];
  configure({ threads: 1 });
  for (const run of [...one, ...two]) expect(run).toEqual(one[0]);
});
