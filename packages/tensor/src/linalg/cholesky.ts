import { DenseMatrix, type MatrixLike, rightSides, symmetricOf } from "./dense-matrix.ts";
import { NotPositiveDefiniteError } from "./errors.ts";

/**
 * Four rows of L times the four rows from `column`: sixteen sums over `count` values kept in registers. The library's
 * decomposition reads every value through two calls; at 2,048 unknowns this is where the time is.
 */
function subtractProducts(l: Float64Array, n: number, row: number, column: number, count: number): void {
  const [r0, r1, r2, r3] = [row * n, (row + 1) * n, (row + 2) * n, (row + 3) * n];
  const [c0, c1, c2, c3] = [column * n, (column + 1) * n, (column + 2) * n, (column + 3) * n];
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  let [s20, s21, s22, s23] = [0, 0, 0, 0];
  let [s30, s31, s32, s33] = [0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const a0 = l[r0 + k];
    const a1 = l[r1 + k];
    const a2 = l[r2 + k];
    const a3 = l[r3 + k];
    const b0 = l[c0 + k];
    const b1 = l[c1 + k];
    const b2 = l[c2 + k];
    const b3 = l[c3 + k];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
    s20 += a2 * b0;
    s21 += a2 * b1;
    s22 += a2 * b2;
    s23 += a2 * b3;
    s30 += a3 * b0;
    s31 += a3 * b1;
    s32 += a3 * b2;
    s33 += a3 * b3;
  }
  const sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
  for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) l[(row + i) * n + column + j] -= sums[4 * i + j];
}

/** What is left of one value after the products of columns `from` … `column` − 1. */
function remainder(l: Float64Array, n: number, row: number, column: number, from: number): number {
  let rest = l[row * n + column];
  for (let k = from; k < column; k++) rest -= l[row * n + k] * l[column * n + k];
  return rest;
}

/** L in place of the lower triangle of A, four columns at a time, the rows below in fours. */
function factorize(l: Float64Array, n: number): void {
  for (let column = 0; column < n; column += 4) {
    const width = Math.min(4, n - column);
    let row = column;
    if (width === 4) for (; row + 4 <= n; row += 4) subtractProducts(l, n, row, column, column);
    // Rows and columns that fill no block of four subtract everything here, the others what lies within the four columns.
    const whole = row;
    for (let j = column; j < column + width; j++) {
      for (let i = j; i < n; i++) {
        const rest = remainder(l, n, i, j, i < whole ? column : 0);
        if (i > j) l[i * n + j] = rest / l[j * n + j];
        else if (rest > 0) l[j * n + j] = Math.sqrt(rest);
        else
          throw new NotPositiveDefiniteError(
            `cholesky: the matrix is not positive definite; pivot ${j} is ${rest}. Add a small multiple of the identity where it should be`,
          );
      }
    }
  }
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n);
}

/** Row target −= Σ factor(k)·row k over rows from … to − 1 of y [n, width], four at a time. */
function subtractRows(
  y: Float64Array,
  width: number,
  target: number,
  [from, to]: readonly [number, number],
  factor: (k: number) => number,
): void {
  const t = target * width;
  let k = from;
  for (; k + 4 <= to; k += 4) {
    const [f0, f1, f2, f3] = [factor(k), factor(k + 1), factor(k + 2), factor(k + 3)];
    const [y0, y1, y2, y3] = [k * width, (k + 1) * width, (k + 2) * width, (k + 3) * width];
    for (let j = 0; j < width; j++) y[t + j] -= f0 * y[y0 + j] + f1 * y[y1 + j] + f2 * y[y2 + j] + f3 * y[y3 + j];
  }
  for (; k < to; k++) {
    const f = factor(k);
    for (let j = 0; j < width; j++) y[t + j] -= f * y[k * width + j];
  }
}

function divideRow(y: Float64Array, width: number, row: number, divisor: number): void {
  for (let j = row * width; j < (row + 1) * width; j++) y[j] /= divisor;
}

/** L·Lᵀ·X = Y in place, Y [n, width]. */
function solveInPlace(l: Float64Array, n: number, y: Float64Array, width: number): void {
  for (let i = 0; i < n; i++) {
    subtractRows(y, width, i, [0, i], (k) => l[i * n + k]);
    divideRow(y, width, i, l[i * n + i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    subtractRows(y, width, i, [i + 1, n], (k) => l[k * n + i]);
    divideRow(y, width, i, l[i * n + i]);
  }
}

/** A = L·Lᵀ with L lower triangular. */
export class Cholesky {
  readonly factor: DenseMatrix;

  constructor(factor: DenseMatrix) {
    this.factor = factor;
  }

  /**
   * X with A·X = B, by two triangular solves over all right-hand sides at once.
   *
   * @param b [n] or [n, k]
   * @returns [n, k], k = 1 for a vector
   */
  solve(b: MatrixLike | ArrayLike<number>): DenseMatrix {
    const { rows: n, data: l } = this.factor;
    const sides = rightSides("cholesky", b, n);
    const x = sides.data.slice();
    solveInPlace(l, n, x, sides.columns);
    return new DenseMatrix(x, sides.shape);
  }

  /** log det A = 2·Σ log L_ii. */
  logDeterminant(): number {
    let sum = 0;
    for (let i = 0; i < this.factor.rows; i++) sum += 2 * Math.log(this.factor.at(i, i));
    return sum;
  }
}

/**
 * Cholesky factors of a symmetric positive definite matrix.
 *
 * @param a [n, n], symmetric to 1e-5 of its largest value; the lower triangle is read
 * @throws NotSquareError, NotSymmetricError, NotPositiveDefiniteError (with the pivot), NonFiniteError
 */
export function cholesky(a: MatrixLike): Cholesky {
  const matrix = symmetricOf("cholesky", a);
  const l = matrix.data.slice();
  factorize(l, matrix.rows);
  return new Cholesky(new DenseMatrix(l, matrix.shape));
}
