import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  CsrMatrix,
  configure,
  evaluate,
  fromArray,
  Generator,
  grad,
  mul,
  spmm,
  sum,
  type Tensor,
  vmap,
} from "../src/index.ts";
import { degreeBuckets } from "../src/sparse/degree-buckets.ts";
import { expectClose } from "./check.ts";

configure({ threads: 1 });

const pointersOf = (degrees: readonly number[]): Int32Array => {
  const pointers = new Int32Array(degrees.length + 1);
  degrees.forEach((degree, row) => {
    pointers[row + 1] = pointers[row] + degree;
  });
  return pointers;
};

/** The least padding plus `perBucket` a bucket, over all ways to cut the sorted distinct degrees. */
function leastCost(degrees: readonly number[], perBucket: number): number {
  const distinct = [...new Set(degrees)].filter((degree) => degree > 0).sort((a, b) => a - b);
  let best = distinct.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let cuts = 0; distinct.length > 0 && cuts < 2 ** (distinct.length - 1); cuts++) {
    let [cost, first] = [0, 0];
    for (let i = 0; i < distinct.length; i++) {
      if (i < distinct.length - 1 && !((cuts >> i) & 1)) continue;
      const members = degrees.filter((degree) => degree >= distinct[first] && degree <= distinct[i]);
      cost += perBucket + members.reduce((n, degree) => n + distinct[i] - degree, 0);
      first = i + 1;
    }
    best = Math.min(best, cost);
  }
  return best;
}

test("buckets hold every entry once, in its row's place, with the least padding that any cut gives", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 20 }),
      fc.integer({ min: 0, max: 12 }),
      (degrees, perBucket) => {
        const pointers = pointersOf(degrees);
        const { buckets, places, empty } = degreeBuckets(pointers, perBucket);
        const rowsOf: number[][] = [];
        let cost = 0;
        for (const { degree, rows, slots, entries } of buckets) {
          expect(slots).toHaveLength(degree * rows);
          cost += perBucket + slots.length - entries;
          for (let i = 0; i < rows; i++) {
            rowsOf.push(Array.from({ length: degree }, (_, k) => slots[k * rows + i]).filter((entry) => entry >= 0));
          }
        }
        degrees.forEach((degree, row) => {
          const wanted = Array.from({ length: degree }, (_, k) => pointers[row] + k);
          expect(rowsOf[places[row]] ?? []).toEqual(wanted);
        });
        expect(empty).toBe(degrees.includes(0));
        expect(cost).toBe(leastCost(degrees, perBucket));
      },
    ),
    { seed: 1, numRuns: 200 },
  );
});

/** 2,400 rows of very different degrees, so that one bucket would be nearly all padding; some rows are empty. */
function uneven(): CsrMatrix {
  const [rows, columns] = [2400, 300];
  const degrees = Array.from({ length: rows }, (_, row) => (row % 12 === 0 ? 90 : row % 5 === 0 ? 0 : 1 + (row % 3)));
  const pointers = pointersOf(degrees);
  const entries = pointers[rows];
  const columnsOf = Int32Array.from({ length: entries }, (_, entry) => (entry * 7919) % columns);
  return new CsrMatrix(rows, columns, pointers, columnsOf, new Generator(1).hostNormal(entries));
}

test("a product over several buckets, its transpose and both gradients are those of the entries", async () => {
  const matrix = uneven();
  expect(degreeBuckets(matrix.rowPointers).buckets.length).toBeGreaterThan(1);
  const width = 3;
  const x = fromArray(new Generator(2).hostNormal(matrix.columns * width), [matrix.columns, width]);
  const values = fromArray(matrix.values, [matrix.entries]);
  const weights = fromArray(new Generator(3).hostNormal(matrix.rows * width), [matrix.rows, width]);
  const [own, free] = [spmm(matrix, x), spmm(matrix, x, values)];
  const [dxOwn] = grad(sum(mul(own, weights)), [x]);
  const [dx, dv] = grad(sum(mul(free, weights)), [x, values]);
  await evaluate([own, free, dxOwn, dx, dv]);
  const [xs, ws] = [x.held as Float32Array, weights.held as Float32Array];
  const product = matrix.multiplyHost(xs, width);
  expectClose("own values", own.held as Float32Array, Array.from(product), 1e-5);
  expectClose("values given", free.held as Float32Array, Array.from(product), 1e-5);
  const back = Array.from(matrix.transpose().multiplyHost(ws, width));
  expectClose("dx, own values", dxOwn.held as Float32Array, back, 1e-4);
  expectClose("dx, values given", dx.held as Float32Array, back, 1e-4);
  const rowOf = matrix.rowIndices();
  const joined = Array.from(matrix.columnIndices, (column, entry) =>
    [0, 1, 2].reduce((total, j) => total + ws[rowOf[entry] * width + j] * xs[column * width + j], 0),
  );
  expectClose("dvalues", dv.held as Float32Array, joined, 1e-5);
});

test("a product mapped over examples is that of each example", async () => {
  const matrix = uneven();
  const x = fromArray(new Generator(4).hostNormal(2 * matrix.columns * 3), [2, matrix.columns, 3]);
  const mapped = vmap((one: Tensor) => spmm(matrix, one))(x) as Tensor;
  const single = [0, 1].map((i) => spmm(matrix, x.select(0, i)));
  await evaluate([mapped, ...single]);
  const expected = single.flatMap((t) => Array.from(t.held as Float32Array));
  expectClose("mapped", mapped.held as Float32Array, expected, 1e-6);
});
