import { fromArray } from "../record.ts";
import type { Tensor } from "../tensor.ts";
import type { CsrMatrix } from "./csr-matrix.ts";
import { type DegreeBuckets, degreeBuckets } from "./degree-buckets.ts";

/** A bucket's slots as tensors. */
export interface BucketTensors {
  /** The column of each slot; a slot of padding reads the row behind the last, [degree, rows]. */
  readonly columns: Tensor;
  /** The entry of each slot; padding is the value behind the last, [degree, rows]. */
  readonly entries: Tensor;
  /** Entries that are no padding. */
  readonly count: number;
}

/** The tensors that the products with one sparse matrix read, each made once. */
export class SparseLayout {
  readonly #matrix: CsrMatrix;
  readonly #rows: DegreeBuckets;
  readonly buckets: readonly BucketTensors[];
  /** The place of each row's sum, [rows]. */
  readonly places: Tensor;
  /** Whether a row has no entries, and reads a row of zeros behind the last sum. */
  readonly emptyRows: boolean;
  /** Whether a slot is padding, and reads a row of zeros behind the last of the other factor. */
  readonly padded: boolean;
  /** Whether every value is 1, so that sums need no products. */
  readonly unit: boolean;
  readonly #own = new Map<number, readonly Tensor[]>();
  #transposed: { matrix: CsrMatrix; order: Tensor } | undefined;
  #places: { rowOf: Tensor; columnOf: Tensor } | undefined;

  constructor(matrix: CsrMatrix) {
    this.#matrix = matrix;
    this.#rows = degreeBuckets(matrix.rowPointers);
    this.buckets = this.#rows.buckets.map(({ degree, rows, slots, entries }) => ({
      columns: fromArray(
        slots.map((entry) => (entry < 0 ? matrix.columns : matrix.columnIndices[entry])),
        [degree, rows],
        "int32",
      ),
      entries: fromArray(
        slots.map((entry) => (entry < 0 ? matrix.entries : entry)),
        [degree, rows],
        "int32",
      ),
      count: entries,
    }));
    this.places = fromArray(this.#rows.places, [matrix.rows], "int32");
    this.emptyRows = this.#rows.empty;
    this.padded = this.#rows.buckets.some(({ degree, rows, entries }) => degree * rows > entries);
    this.unit = matrix.values.every((value) => value === 1);
  }

  /** The matrix's own values in each bucket's slots, written out for each of `width` columns. @returns [degree, rows, width] each */
  ownWeights(width: number): readonly Tensor[] {
    let weights = this.#own.get(width);
    if (!weights) {
      weights = this.#rows.buckets.map(({ degree, rows, slots }) => {
        const data = new Float32Array(slots.length * width);
        slots.forEach((entry, i) => {
          if (entry >= 0) data.fill(this.#matrix.values[entry], i * width, (i + 1) * width);
        });
        return fromArray(data, [degree, rows, width]);
      });
      this.#own.set(width, weights);
    }
    return weights;
  }

  /** The transpose, and which entry of this matrix each of its entries is. */
  get transposed(): { matrix: CsrMatrix; order: Tensor } {
    if (!this.#transposed) {
      const { matrix, order } = this.#matrix.transposed();
      this.#transposed = { matrix, order: fromArray(order, [this.#matrix.entries], "int32") };
    }
    return this.#transposed;
  }

  /** Row and column of each entry, [entries] each. */
  get entryPlaces(): { rowOf: Tensor; columnOf: Tensor } {
    this.#places ??= {
      rowOf: fromArray(this.#matrix.rowIndices(), [this.#matrix.entries], "int32"),
      columnOf: fromArray(this.#matrix.columnIndices, [this.#matrix.entries], "int32"),
    };
    return this.#places;
  }
}
