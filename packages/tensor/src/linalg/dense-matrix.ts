import { NonFiniteError, ShapeError } from "../errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { NotSquareError, NotSymmetricError } from "./errors.ts";

/** A matrix on the host: float64, row-major. */
export class DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;

  /** Holds the array itself, not a copy. */
  constructor(data: Float64Array, shape: Shape) {
    if (shape.length !== 2 || sizeOf(shape) !== data.length)
      throw new ShapeError(`a matrix of ${data.length} values cannot have the shape ${formatShape(shape)}`);
    [this.rows, this.columns] = shape;
    this.data = data;
  }

  /** A copy of numbers, nested or flat: `DenseMatrix.from(await x.data(), x.shape)`. */
  static from(values: readonly ArrayLike<number>[] | ArrayLike<number | bigint>, shape?: Shape): DenseMatrix {
    if (shape) return new DenseMatrix(Float64Array.from(values as ArrayLike<number>, Number), shape);
    const nested = values as readonly ArrayLike<number>[];
    const columns = nested[0]?.length ?? 0;
    const ragged = nested.findIndex((row) => row?.length !== columns);
    if (ragged >= 0)
      throw new ShapeError(
        `a matrix whose first row has ${columns} values and row ${ragged} ${nested[ragged]?.length ?? "none: flat numbers need a shape"}`,
      );
    const data = new Float64Array(nested.length * columns);
    nested.forEach((row, i) => {
      data.set(Array.from(row, Number), i * columns);
    });
    return new DenseMatrix(data, [nested.length, columns]);
  }

  static identity(size: number): DenseMatrix {
    const data = new Float64Array(size * size);
    for (let i = 0; i < size; i++) data[i * (size + 1)] = 1;
    return new DenseMatrix(data, [size, size]);
  }

  get shape(): [number, number] {
    return [this.rows, this.columns];
  }

  at(row: number, column: number): number {
    return this.data[row * this.columns + column];
  }

  row(index: number): Float64Array {
    return this.data.subarray(index * this.columns, (index + 1) * this.columns);
  }

  transpose(): DenseMatrix {
    const out = new Float64Array(this.data.length);
    for (let i = 0; i < this.rows; i++)
      for (let j = 0; j < this.columns; j++) out[j * this.rows + i] = this.data[i * this.columns + j];
    return new DenseMatrix(out, [this.columns, this.rows]);
  }

  multiply(other: DenseMatrix): DenseMatrix {
    if (this.columns !== other.rows)
      throw new ShapeError(`matrices ${formatShape(this.shape)} and ${formatShape(other.shape)} do not multiply`);
    const out = new DenseMatrix(new Float64Array(this.rows * other.columns), [this.rows, other.columns]);
    for (let i = 0; i < this.rows; i++) {
      const row = out.row(i);
      for (let k = 0; k < this.columns; k++) {
        const factor = this.at(i, k);
        const source = other.row(k);
        for (let j = 0; j < source.length; j++) row[j] += factor * source[j];
      }
    }
    return out;
  }

  toArray(): number[][] {
    return Array.from({ length: this.rows }, (_, i) => Array.from(this.row(i)));
  }
}

/** A matrix in any of the forms the functions take: nested numbers, or a `DenseMatrix`. */
export type MatrixLike = DenseMatrix | readonly ArrayLike<number>[];

export function matrixOf(operation: string, a: MatrixLike): DenseMatrix {
  const matrix = a instanceof DenseMatrix ? a : DenseMatrix.from(a);
  const wrong = matrix.data.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const place = `row ${Math.floor(wrong / matrix.columns)}, column ${wrong % matrix.columns}`;
    throw new NonFiniteError(`${operation}: the value at ${place} is ${matrix.data[wrong]}`);
  }
  return matrix;
}

export function squareOf(operation: string, a: MatrixLike): DenseMatrix {
  const matrix = matrixOf(operation, a);
  if (matrix.rows !== matrix.columns)
    throw new NotSquareError(`${operation} needs a square matrix, got ${formatShape(matrix.shape)}`);
  return matrix;
}

/** Of the largest value: products in float32 are symmetric to no more. */
const symmetryTolerance = 1e-5;

export function symmetricOf(operation: string, a: MatrixLike): DenseMatrix {
  const matrix = squareOf(operation, a);
  const largest = matrix.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let i = 0; i < matrix.rows; i++)
    for (let j = 0; j < i; j++)
      if (Math.abs(matrix.at(i, j) - matrix.at(j, i)) > symmetryTolerance * largest)
        throw new NotSymmetricError(
          `${operation} needs a symmetric matrix; at ${i}, ${j} it holds ${matrix.at(i, j)}, at ${j}, ${i} ${matrix.at(j, i)}`,
        );
  return matrix;
}

/** Right-hand sides as a matrix [rows, k]: a vector is one column. */
export function rightSides(operation: string, b: MatrixLike | ArrayLike<number>, rows: number): DenseMatrix {
  const isVector = !(b instanceof DenseMatrix) && (b.length === 0 || typeof b[0] === "number");
  const matrix = matrixOf(
    operation,
    isVector ? DenseMatrix.from(b as ArrayLike<number>, [(b as ArrayLike<number>).length, 1]) : (b as MatrixLike),
  );
  if (matrix.rows !== rows)
    throw new ShapeError(`${operation}: right-hand sides ${formatShape(matrix.shape)} for a matrix of ${rows} rows`);
  return matrix;
}
