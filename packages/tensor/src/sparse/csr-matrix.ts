import { DomainError, ShapeError } from "../errors.ts";
import { fromArray } from "../record.ts";
import type { Tensor } from "../tensor.ts";
import { SparseLayout } from "./sparse-layout.ts";

/** One entry of a sparse matrix: row, column, value. */
export type Entry = readonly [row: number, column: number, value: number];

/**
 * A sparse matrix in compressed rows: the entries of row i stand at rowPointers[i] … rowPointers[i + 1] − 1.
 * Its pattern is fixed; its values may be a tensor that is trained.
 */
export class CsrMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1] */
  readonly rowPointers: Int32Array;
  /** [entries] */
  readonly columnIndices: Int32Array;
  /** [entries] */
  readonly values: Float32Array;
  #values: Tensor | undefined;
  #layout: SparseLayout | undefined;

  constructor(rows: number, columns: number, rowPointers: Int32Array, columnIndices: Int32Array, values: Float32Array) {
    const entries = columnIndices.length;
    if (
      rowPointers.length !== rows + 1 ||
      rowPointers[0] !== 0 ||
      rowPointers[rows] !== entries ||
      values.length !== entries
    ) {
      throw new ShapeError(
        `CsrMatrix: ${rowPointers.length} row pointers ending at ${rowPointers.at(-1)}, ${entries} columns and ${values.length} values do not make a matrix of ${rows} rows`,
      );
    }
    for (let i = 0; i < rows; i++) {
      if (rowPointers[i + 1] < rowPointers[i])
        throw new DomainError(
          `CsrMatrix: row pointers must not fall, got ${rowPointers[i]} then ${rowPointers[i + 1]}`,
        );
    }
    for (const column of columnIndices) {
      if (column < 0 || column >= columns)
        throw new DomainError(`CsrMatrix: column ${column} is outside 0 … ${columns - 1}`);
    }
    this.rows = rows;
    this.columns = columns;
    this.rowPointers = rowPointers;
    this.columnIndices = columnIndices;
    this.values = values;
  }

  /** From entries in any order; entries at one place add up. */
  static fromEntries(rows: number, columns: number, entries: Iterable<Entry>): CsrMatrix {
    const byRow: Map<number, number>[] = Array.from({ length: rows }, () => new Map());
    for (const [row, column, value] of entries) {
      if (!Number.isInteger(row) || row < 0 || row >= rows)
        throw new DomainError(`CsrMatrix: row ${row} is outside 0 … ${rows - 1}`);
      if (!Number.isInteger(column) || column < 0 || column >= columns)
        throw new DomainError(`CsrMatrix: column ${column} is outside 0 … ${columns - 1}`);
      byRow[row].set(column, (byRow[row].get(column) ?? 0) + value);
    }
    const rowPointers = new Int32Array(rows + 1);
    byRow.forEach((row, i) => {
      rowPointers[i + 1] = rowPointers[i] + row.size;
    });
    const sorted = byRow.flatMap((row) => [...row].sort(([a], [b]) => a - b));
    return new CsrMatrix(
      rows,
      columns,
      rowPointers,
      Int32Array.from(sorted, ([column]) => column),
      Float32Array.from(sorted, ([, value]) => value),
    );
  }

  get entries(): number {
    return this.columnIndices.length;
  }

  /** The row of each entry, [entries]. */
  rowIndices(): Int32Array {
    const rowOf = new Int32Array(this.entries);
    for (let i = 0; i < this.rows; i++) rowOf.fill(i, this.rowPointers[i], this.rowPointers[i + 1]);
    return rowOf;
  }

  transpose(): CsrMatrix {
    return this.transposed().matrix;
  }

  /** The transpose, and which entry of this matrix each of its entries is. */
  transposed(): { matrix: CsrMatrix; order: Int32Array } {
    const rowPointers = new Int32Array(this.columns + 1);
    for (const column of this.columnIndices) rowPointers[column + 1]++;
    for (let j = 0; j < this.columns; j++) rowPointers[j + 1] += rowPointers[j];
    const next = rowPointers.slice(0, -1);
    const rowOf = this.rowIndices();
    const columnIndices = new Int32Array(this.entries);
    const order = new Int32Array(this.entries);
    this.columnIndices.forEach((column, entry) => {
      const at = next[column]++;
      columnIndices[at] = rowOf[entry];
      order[at] = entry;
    });
    const values = Float32Array.from(order, (entry) => this.values[entry]);
    return { matrix: new CsrMatrix(this.columns, this.rows, rowPointers, columnIndices, values), order };
  }

  /** The same pattern with other values. */
  withValues(values: Float32Array): CsrMatrix {
    return new CsrMatrix(this.rows, this.columns, this.rowPointers, this.columnIndices, values);
  }

  /** Row-major dense values, [rows, columns]. */
  toDense(): Float32Array {
    const dense = new Float32Array(this.rows * this.columns);
    const rowOf = this.rowIndices();
    this.columnIndices.forEach((column, i) => {
      dense[rowOf[i] * this.columns + column] += this.values[i];
    });
    return dense;
  }

  /** The product with a dense matrix on the host, in float32 with sums in float64: for work done once, before training. */
  multiplyHost(dense: Float32Array, width: number): Float32Array {
    if (dense.length !== this.columns * width)
      throw new ShapeError(`CsrMatrix: ${dense.length} values are not ${this.columns} rows of ${width}`);
    const out = new Float32Array(this.rows * width);
    const row = new Float64Array(width);
    for (let i = 0; i < this.rows; i++) {
      row.fill(0);
      for (let e = this.rowPointers[i]; e < this.rowPointers[i + 1]; e++) {
        const value = this.values[e];
        const start = this.columnIndices[e] * width;
        for (let j = 0; j < width; j++) row[j] += value * dense[start + j];
      }
      out.set(row, i * width);
    }
    return out;
  }

  /** The values as a tensor, made once. @returns [entries] */
  get valuesTensor(): Tensor {
    this.#values ??= fromArray(this.values, [this.entries]);
    return this.#values;
  }

  /** The form the products read, made once. */
  get layout(): SparseLayout {
    this.#layout ??= new SparseLayout(this);
    return this.#layout;
  }
}
