import { requireSameDType } from "./dtype.ts";
import { DomainError, DTypeError, ShapeError } from "./errors.ts";
import { mul } from "./ops/elementwise.ts";
import { gather } from "./ops/indexing.ts";
import { sum } from "./ops/reduce.ts";
import { combineRows } from "./ops/scatter-rows.ts";
import { definePrimitive, type Primitive } from "./primitive.ts";
import { fromArray, recordOne } from "./record.ts";
import { formatShape, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

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
  readonly #wide = new Map<number, Tensor>();
  #tensors: { rowOf: Tensor; columnOf: Tensor; values: Tensor } | undefined;

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
    const rowOf = this.rowIndices();
    const entries = Array.from(this.columnIndices, (column, i): Entry => [column, rowOf[i], this.values[i]]);
    return CsrMatrix.fromEntries(this.columns, this.rows, entries);
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

  /** Indices and values as tensors, made once. */
  get tensors(): { rowOf: Tensor; columnOf: Tensor; values: Tensor } {
    this.#tensors ??= {
      rowOf: fromArray(this.rowIndices(), [this.entries], "int32"),
      columnOf: fromArray(this.columnIndices, [this.entries], "int32"),
      values: fromArray(this.values, [this.entries]),
    };
    return this.#tensors;
  }

  /** The matrix's own values, once for each of `width` columns: read side by side they cost a third of being spread. @returns [entries, width] */
  valuesFor(width: number): Tensor {
    let wide = this.#wide.get(width);
    if (!wide) {
      const data = new Float32Array(this.entries * width);
      this.values.forEach((value, i) => {
        data.fill(value, i * width, (i + 1) * width);
      });
      wide = fromArray(data, [this.entries, width]);
      this.#wide.set(width, wide);
    }
    return wide;
  }
}

/** Columns up to which a matrix's own values are kept for each column. */
const narrow = 32;

const spmmPrimitive: Primitive<{ rows: number }> = definePrimitive({
  name: "spmm",
  differentiable: [0, 3],
  infer: ([values, , , x], { rows }) => [{ shape: [rows, ...x.shape.slice(1)], dtype: values.dtype }],
  // The transpose swaps rows and columns; the gradient of a value is the product of the two rows it joined.
  vjp({ inputs: [values, rowOf, columnOf, x] }, [g]) {
    if (!g) return [];
    const joined = mul(gather(g, rowOf), gather(x, columnOf));
    const rest = x.shape.slice(values.shape.length).map((_, axis) => axis + values.shape.length);
    const gx = recordOne(spmmPrimitive, [values, columnOf, rowOf, g], { rows: x.shape[0] });
    return [sum(joined, rest), undefined, undefined, gx];
  },
  lower({ emit, names: [values, rowOf, columnOf, x], inputs: [valueSpec, , , xSpec], outputs: [out] }) {
    const base = emit.full(out.shape, 0, out.dtype);
    if (sizeOf(valueSpec.shape) === 0 || sizeOf(out.shape) === 0) return [emit.one("Identity", [base])];
    const lengths = [...valueSpec.shape, ...xSpec.shape.slice(valueSpec.shape.length).map(() => 1)];
    const weights = emit.one("Reshape", [values, emit.int64(lengths)]);
    const terms = emit.one("Mul", [emit.one("Gather", [x, columnOf], { axis: { int: 0 } }), weights]);
    const rows = { shape: [valueSpec.shape[0], ...xSpec.shape.slice(1)], dtype: out.dtype };
    return [combineRows(emit, [base, emit.cast(rowOf, "int64"), terms], rows, "add")];
  },
  cost([values, , , x]) {
    const macs = values.shape[0] * sizeOf(x.shape.slice(1));
    // Rows are gathered and scattered, which takes far longer than the arithmetic.
    return { macs, flops: 2 * macs, seconds: 2e-9 * macs };
  },
});

/**
 * Sparse times dense: Y_i = Σ_e value_e · X[column_e] over the entries e of row i.
 *
 * @param matrix [rows, columns]
 * @param x      [columns, ...]
 * @param values [entries], in place of the matrix's own, to be differentiated
 * @returns      [rows, ...]
 */
export function spmm(matrix: CsrMatrix, x: Tensor, values?: Tensor): Tensor {
  if (x.shape.length < 1 || x.shape[0] !== matrix.columns) {
    throw new ShapeError(
      `spmm: a matrix of ${matrix.rows} × ${matrix.columns} does not multiply ${formatShape(x.shape)}`,
    );
  }
  const { rowOf, columnOf, values: own } = matrix.tensors;
  const entries = values ?? own;
  if (entries.shape.length !== 1 || entries.shape[0] !== matrix.entries) {
    throw new ShapeError(`spmm: ${formatShape(entries.shape)} values for ${matrix.entries} entries`);
  }
  const dtype = requireSameDType("spmm", entries.dtype, x.dtype);
  if (dtype === "bool" || dtype === "float16")
    throw new DTypeError(`spmm needs float32, float64 or whole numbers, got ${dtype}; cast first`);
  const kept = entries === own && dtype === "float32" && x.shape.length === 2 && x.shape[1] <= narrow;
  const weights = kept ? matrix.valuesFor(x.shape[1]) : entries;
  return recordOne(spmmPrimitive, [weights, rowOf, columnOf, x], { rows: matrix.rows });
}
