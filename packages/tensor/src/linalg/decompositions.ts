import { EVD, Matrix, QrDecomposition, SVD } from "ml-matrix";
import { DenseMatrix, type MatrixLike, matrixOf, symmetricOf } from "./dense-matrix.ts";

export const toLibrary = (a: DenseMatrix): Matrix => Matrix.from1DArray(a.rows, a.columns, a.data);
export const fromLibrary = (a: Matrix): DenseMatrix =>
  new DenseMatrix(Float64Array.from(a.to1DArray()), [a.rows, a.columns]);

/** The columns of a matrix in another order. */
function columnsOf(a: DenseMatrix, order: readonly number[]): DenseMatrix {
  const out = new Float64Array(a.rows * order.length);
  for (let i = 0; i < a.rows; i++)
    order.forEach((column, j) => {
      out[i * order.length + j] = a.at(i, column);
    });
  return new DenseMatrix(out, [a.rows, order.length]);
}

const emptyMatrix = (rows: number, columns: number): DenseMatrix =>
  new DenseMatrix(new Float64Array(rows * columns), [rows, columns]);

/**
 * Eigenvalues and orthonormal eigenvectors of a symmetric matrix: A·v_i = λ_i·v_i.
 *
 * @param a [n, n], symmetric to 1e-5 of its largest value, as products in float32 are
 * @returns values ascending, and vectors [n, n], one a column
 * @throws NotSquareError, NotSymmetricError, NonFiniteError
 */
export function symmetricEigen(a: MatrixLike): { values: Float64Array; vectors: DenseMatrix } {
  const matrix = symmetricOf("symmetricEigen", a);
  if (matrix.rows === 0) return { values: new Float64Array(0), vectors: matrix };
  const { realEigenvalues, eigenvectorMatrix } = new EVD(toLibrary(matrix), { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[i] - realEigenvalues[j]);
  return {
    values: Float64Array.from(order, (i) => realEigenvalues[i]),
    vectors: columnsOf(fromLibrary(eigenvectorMatrix), order),
  };
}

/**
 * Thin singular value decomposition: A = U·diag(values)·Vᵀ, with r = min(m, n).
 *
 * @param a [m, n]
 * @returns u [m, r], values descending, v [n, r]
 */
export function svd(a: MatrixLike): { u: DenseMatrix; values: Float64Array; v: DenseMatrix } {
  const matrix = matrixOf("svd", a);
  if (matrix.data.length === 0)
    return { u: emptyMatrix(matrix.rows, 0), values: new Float64Array(0), v: emptyMatrix(matrix.columns, 0) };
  // The library wants at least as many rows as columns.
  const wide = matrix.rows < matrix.columns;
  const found = new SVD(toLibrary(wide ? matrix.transpose() : matrix));
  const rank = Math.min(matrix.rows, matrix.columns);
  const order = Array.from({ length: rank }, (_, i) => i).sort((i, j) => found.diagonal[j] - found.diagonal[i]);
  const [left, right] = [found.leftSingularVectors, found.rightSingularVectors].map((m) =>
    columnsOf(fromLibrary(m), order),
  );
  const values = Float64Array.from(order, (i) => found.diagonal[i]);
  return wide ? { u: right, values, v: left } : { u: left, values, v: right };
}

/**
 * A = Q·R with orthonormal columns in Q and R upper triangular, its diagonal not negative (which makes it unique).
 *
 * @param a [m, n]
 * @returns q [m, r], r [r, n], r = min(m, n)
 */
export function qr(a: MatrixLike): { q: DenseMatrix; r: DenseMatrix } {
  const matrix = matrixOf("qr", a);
  const rank = Math.min(matrix.rows, matrix.columns);
  if (matrix.data.length === 0) return { q: emptyMatrix(matrix.rows, rank), r: emptyMatrix(rank, matrix.columns) };
  const leading = Array.from({ length: rank }, (_, i) => i);
  const found = new QrDecomposition(toLibrary(columnsOf(matrix, leading)));
  const q = columnsOf(fromLibrary(found.orthogonalMatrix), leading);
  // A matrix with more columns than rows: the others are Qᵀ·A.
  const r = rank === matrix.columns ? fromLibrary(found.upperTriangularMatrix) : q.transpose().multiply(matrix);
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < i; j++) r.data[i * r.columns + j] = 0;
    if (r.at(i, i) >= 0) continue;
    for (let j = i; j < r.columns; j++) r.data[i * r.columns + j] *= -1;
    for (let j = 0; j < q.rows; j++) q.data[j * q.columns + i] *= -1;
  }
  return { q, r };
}
