import fc from "fast-check";
import { expect, test } from "vitest";
import { NonFiniteError, ShapeError } from "../src/index.ts";
import {
  cholesky,
  DenseMatrix,
  leastSquares,
  type MatrixLike,
  NotPositiveDefiniteError,
  NotSquareError,
  NotSymmetricError,
  qr,
  randomOrthogonal,
  SingularMatrixError,
  solve,
  svd,
  symmetricEigen,
} from "../src/linalg/index.ts";

const runs = { seed: 20261124, numRuns: 25 };
const lengths = fc.integer({ min: 1, max: 13 });
const entries = fc.integer({ min: -1000, max: 1000 }).map((n) => n / 100);

const matrices = (rows: fc.Arbitrary<number>, columns: fc.Arbitrary<number>): fc.Arbitrary<DenseMatrix> =>
  fc
    .tuple(rows, columns)
    .chain(([m, n]) =>
      fc
        .array(entries, { minLength: m * n, maxLength: m * n })
        .map((values) => new DenseMatrix(Float64Array.from(values), [m, n])),
    );
const square = lengths.chain((n) => matrices(fc.constant(n), fc.constant(n)));

const plus = (a: DenseMatrix, b: DenseMatrix, factor = 1): DenseMatrix =>
  new DenseMatrix(
    a.data.map((value, i) => value + factor * b.data[i]),
    a.shape,
  );
const diagonal = (values: ArrayLike<number>): DenseMatrix => {
  const n = values.length;
  const out = new DenseMatrix(new Float64Array(n * n), [n, n]);
  for (let i = 0; i < n; i++) out.data[i * (n + 1)] = values[i];
  return out;
};
const largest = (a: DenseMatrix): number => a.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
const expectSame = (a: DenseMatrix, b: DenseMatrix, tolerance = 1e-11): void => {
  expect(a.shape).toEqual(b.shape);
  expect(largest(plus(a, b, -1))).toBeLessThanOrEqual(tolerance * (1 + largest(b)));
};
const expectOrthonormal = (q: DenseMatrix): void =>
  expectSame(q.transpose().multiply(q), DenseMatrix.identity(q.columns));
const symmetric = square.map((a) => plus(a, a.transpose()));
const positive = square.map((a) => plus(a.multiply(a.transpose()), DenseMatrix.identity(a.rows)));

test("a symmetric matrix is its eigenvectors, eigenvalues ascending, and the vectors transposed", () => {
  fc.assert(
    fc.property(symmetric, (a) => {
      const { values, vectors } = symmetricEigen(a);
      expectOrthonormal(vectors);
      expect(Array.from(values)).toEqual(Array.from(values).sort((x, y) => x - y));
      expectSame(vectors.multiply(diagonal(values)).multiply(vectors.transpose()), a);
    }),
    runs,
  );
});

test("eigenvalues known by hand: of [[2, 1], [1, 2]] they are 1 and 3", () => {
  const { values } = symmetricEigen([
    [2, 1],
    [1, 2],
  ]);
  expect(values[0]).toBeCloseTo(1, 12);
  expect(values[1]).toBeCloseTo(3, 12);
});

test("any matrix, tall or wide, is U·S·Vᵀ with orthonormal columns and descending values", () => {
  fc.assert(
    fc.property(matrices(lengths, lengths), (a) => {
      const { u, values, v } = svd(a);
      expect(values.length).toBe(Math.min(a.rows, a.columns));
      expectSame(u.multiply(diagonal(values)).multiply(v.transpose()), a);
      expect(Array.from(values)).toEqual(Array.from(values).sort((x, y) => y - x));
      expectOrthonormal(v);
      expectOrthonormal(u);
    }),
    runs,
  );
});

test("singular values known by hand: of [[3, 0], [4, 5]] they are √45 and √5", () => {
  const { values } = svd([
    [3, 0],
    [4, 5],
  ]);
  expect(values[0]).toBeCloseTo(Math.sqrt(45), 12);
  expect(values[1]).toBeCloseTo(Math.sqrt(5), 12);
});

test("any matrix, tall or wide, is Q·R with a triangle whose diagonal is not negative", () => {
  fc.assert(
    fc.property(matrices(lengths, lengths), (a) => {
      const { q, r } = qr(a);
      expectSame(q.multiply(r), a);
      for (let i = 0; i < r.rows; i++) {
        expect(r.at(i, i)).toBeGreaterThanOrEqual(0);
        for (let j = 0; j < i; j++) expect(r.at(i, j)).toBe(0);
      }
      expectOrthonormal(q);
    }),
    runs,
  );
});

test("a positive definite matrix is L·Lᵀ, at every size around the blocks of four", () => {
  fc.assert(
    fc.property(positive, (a) => {
      const { factor } = cholesky(a);
      expectSame(factor.multiply(factor.transpose()), a);
      for (let i = 0; i < a.rows; i++) for (let j = i + 1; j < a.rows; j++) expect(factor.at(i, j)).toBe(0);
    }),
    runs,
  );
});

test("Cholesky and LU solve many right-hand sides at once, and agree", () => {
  fc.assert(
    fc.property(positive, fc.integer({ min: 1, max: 6 }), (a, k) => {
      const b = new DenseMatrix(
        Float64Array.from({ length: a.rows * k }, (_, i) => Math.sin(i + 1)),
        [a.rows, k],
      );
      const [x, y] = [cholesky(a).solve(b), solve(a, b)];
      expectSame(a.multiply(x), b, 1e-9);
      expectSame(a.multiply(y), b, 1e-9);
    }),
    runs,
  );
});

test("the logarithm of the determinant is the sum of those of the eigenvalues", () => {
  fc.assert(
    fc.property(positive, (a) => {
      const sum = symmetricEigen(a).values.reduce((total, value) => total + Math.log(value), 0);
      expect(Math.abs(cholesky(a).logDeterminant() - sum)).toBeLessThan(1e-8);
    }),
    runs,
  );
});

test("a system that needs row exchanges is solved", () => {
  const x = solve(
    [
      [0, 2],
      [3, 0],
    ],
    [4, 9],
  );
  expect(Array.from(x.data)).toEqual([3, 2]);
});

test("the residual of least squares is orthogonal to every column", () => {
  fc.assert(
    fc.property(matrices(fc.integer({ min: 4, max: 12 }), fc.integer({ min: 1, max: 4 })), (a) => {
      const b = DenseMatrix.from(
        Array.from({ length: a.rows }, (_, i) => Math.cos(3 * i)),
        [a.rows, 1],
      );
      const residual = plus(a.multiply(leastSquares(a, b)), b, -1);
      expect(largest(a.transpose().multiply(residual))).toBeLessThan(1e-9 * (1 + largest(a)));
    }),
    runs,
  );
});

test("where columns depend on each other, and with fewer rows than columns, the shortest solution is found", () => {
  const twice = leastSquares(
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
    [2, 2, 2],
  );
  expectSame(twice, DenseMatrix.from([[1], [1]]));
  const wide = leastSquares([[3, 4]], [25]);
  expectSame(wide, DenseMatrix.from([[3], [4]]));
});

test("random orthogonal matrices are orthogonal, repeat with their seed and have a mean of 0", () => {
  for (const [rows, columns] of [
    [1, 1],
    [7, 7],
    [9, 4],
  ])
    expectOrthonormal(randomOrthogonal(rows, 3, columns));
  expect(randomOrthogonal(6, 5)).toEqual(randomOrthogonal(6, 5));
  expect(randomOrthogonal(6, 5).data).not.toEqual(randomOrthogonal(6, 6).data);
  // The first entry of a uniform 4×4 one has mean 0 and variance 1/4; QR without its sign rule would make it negative.
  const first = Array.from({ length: 400 }, (_, seed) => randomOrthogonal(4, seed).at(0, 0));
  const mean = first.reduce((a, b) => a + b, 0) / 400;
  const square = first.reduce((a, b) => a + b * b, 0) / 400;
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(0.25 / 400));
  expect(Math.abs(square - 0.25)).toBeLessThan(0.05);
});

test("512 unknowns with 64 right-hand sides are solved to rounding", () => {
  const n = 512;
  const a = new DenseMatrix(new Float64Array(n * n), [n, n]);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) a.data[i * n + j] = Math.exp(-(((i - j) / 3) ** 2)) + (i === j ? 0.1 : 0);
  const b = new DenseMatrix(
    Float64Array.from({ length: n * 64 }, (_, i) => Math.sin(i)),
    [n, 64],
  );
  expectSame(a.multiply(cholesky(a).solve(b)), b, 1e-10);
});

test("empty matrices have empty decompositions", () => {
  const none = new DenseMatrix(new Float64Array(0), [0, 0]);
  expect(symmetricEigen(none).values.length).toBe(0);
  expect(svd(none).values.length).toBe(0);
  expect(cholesky(none).solve(new DenseMatrix(new Float64Array(0), [0, 2])).shape).toEqual([0, 2]);
});

const rectangle: MatrixLike = [
  [1, 2, 3],
  [4, 5, 6],
];
const lopsided: MatrixLike = [
  [1, 2],
  [3, 1],
];
const indefinite: MatrixLike = [
  [1, 2],
  [2, 1],
];
const dependent: MatrixLike = [
  [1, 2],
  [2, 4],
];
test.each([
  ["eigenvalues of a rectangle", () => symmetricEigen(rectangle), NotSquareError, /\[2, 3\]/],
  ["a Cholesky factor of a rectangle", () => cholesky(rectangle), NotSquareError, /\[2, 3\]/],
  ["a solution of a rectangle", () => solve(rectangle, [1, 2]), NotSquareError, /\[2, 3\]/],
  ["a matrix that is not symmetric", () => cholesky(lopsided), NotSymmetricError, /1, 0 it holds 3, at 0, 1 2/],
  ["a matrix that is not positive definite", () => cholesky(indefinite), NotPositiveDefiniteError, /pivot 1 is -3/],
  ["a matrix of zeros", () => cholesky([[0]]), NotPositiveDefiniteError, /pivot 0 is 0/],
  ["a singular matrix", () => solve(dependent, [1, 2]), SingularMatrixError, /pivot 1/],
  ["right-hand sides of another length", () => solve(indefinite, [1, 2, 3]), ShapeError, /\[3, 1\].*2 rows/],
  ["a value that is no number", () => svd([[1, Number.NaN]]), NonFiniteError, /row 0, column 1 is NaN/],
  ["rows of different lengths", () => svd([[1, 2], [3]]), ShapeError, /2 values and row 1 1/],
  ["flat numbers of another count", () => DenseMatrix.from([1, 2, 3], [2, 2]), ShapeError, /3 values.*\[2, 2\]/],
  ["more orthogonal columns than rows", () => randomOrthogonal(3, 0, 4), Error, /got 4/],
  ["a negative seed", () => randomOrthogonal(3, -1), Error, /-1/],
] as const)("%s: refused with the offending values", (_, call, kind, message) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});
