import { LuDecomposition } from "ml-matrix";
import { DomainError } from "../errors.ts";
import { Generator } from "../random.ts";
import { fromLibrary, qr, svd, toLibrary } from "./decompositions.ts";
import { DenseMatrix, type MatrixLike, matrixOf, rightSides, squareOf } from "./dense-matrix.ts";
import { SingularMatrixError } from "./errors.ts";

/**
 * X with A·X = B for any square matrix, by LU with row exchanges. For symmetric positive definite ones `cholesky` is faster.
 *
 * @param a [n, n]
 * @param b [n] or [n, k]
 * @returns [n, k], k = 1 for a vector
 * @throws NotSquareError, SingularMatrixError (a pivot below rounding), ShapeError, NonFiniteError
 */
export function solve(a: MatrixLike, b: MatrixLike | ArrayLike<number>): DenseMatrix {
  const matrix = squareOf("solve", a);
  const sides = rightSides("solve", b, matrix.rows);
  if (matrix.rows === 0 || sides.columns === 0) return sides;
  const lu = new LuDecomposition(toLibrary(matrix));
  const upper = lu.upperTriangularMatrix;
  const largest = matrix.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < matrix.rows; i++)
    if (!(Math.abs(upper.get(i, i)) > largest * matrix.rows * Number.EPSILON))
      throw new SingularMatrixError(
        `solve: the matrix is singular; pivot ${i} is ${upper.get(i, i)} beside values of ${largest}. leastSquares finds the shortest of its solutions`,
      );
  return fromLibrary(lu.solve(toLibrary(sides)));
}

/**
 * X that minimises ‖A·X − B‖, by QR; where columns depend on each other to rounding, the shortest such X, by singular values.
 *
 * @param a [m, n]
 * @param b [m] or [m, k]
 * @returns [n, k], k = 1 for a vector
 */
export function leastSquares(a: MatrixLike, b: MatrixLike | ArrayLike<number>): DenseMatrix {
  const matrix = matrixOf("leastSquares", a);
  const sides = rightSides("leastSquares", b, matrix.rows);
  if (matrix.data.length === 0)
    return new DenseMatrix(new Float64Array(matrix.columns * sides.columns), [matrix.columns, sides.columns]);
  if (matrix.rows >= matrix.columns) {
    const { q, r } = qr(matrix);
    const diagonal = Array.from({ length: r.rows }, (_, i) => Math.abs(r.at(i, i)));
    if (Math.min(...diagonal) > Math.max(...diagonal) * matrix.rows * Number.EPSILON)
      return backSubstitution(r, q.transpose().multiply(sides));
  }
  const { u, values, v } = svd(matrix);
  const rounding = values[0] * Math.max(matrix.rows, matrix.columns) * Number.EPSILON;
  const coefficients = u.transpose().multiply(sides);
  for (let i = 0; i < values.length; i++)
    for (let j = 0; j < coefficients.columns; j++)
      coefficients.data[i * coefficients.columns + j] *= values[i] > rounding ? 1 / values[i] : 0;
  return v.multiply(coefficients);
}

function backSubstitution(r: DenseMatrix, b: DenseMatrix): DenseMatrix {
  const x = new DenseMatrix(b.data.slice(), b.shape);
  for (let i = r.rows - 1; i >= 0; i--) {
    const row = x.row(i);
    for (let k = i + 1; k < r.rows; k++) {
      const [factor, other] = [r.at(i, k), x.row(k)];
      for (let j = 0; j < row.length; j++) row[j] -= factor * other[j];
    }
    for (let j = 0; j < row.length; j++) row[j] /= r.at(i, i);
  }
  return x;
}

/**
 * A matrix with orthonormal columns, drawn uniformly over all of them (Haar): Q of the QR decomposition of normal numbers, the
 * diagonal of R positive (Mezzadri, 2007). Equal seeds give equal matrices.
 *
 * @param rows    n
 * @param columns at most n; n when absent
 * @returns       [n, columns]
 */
export function randomOrthogonal(rows: number, seed: number, columns = rows): DenseMatrix {
  for (const [what, n] of [["rows", rows] as const, ["columns", columns] as const])
    if (!Number.isInteger(n) || n < 0 || n > rows)
      throw new DomainError(`randomOrthogonal: ${what} must be a whole number of 0 … ${rows}, got ${n}`);
  const values = Float64Array.from(new Generator(seed).hostNormal(rows * columns));
  return qr(new DenseMatrix(values, [rows, columns])).q;
}
