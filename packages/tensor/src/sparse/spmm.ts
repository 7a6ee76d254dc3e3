import { customVjp } from "../control/custom-vjp.ts";
import { requireSameDType } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { mul } from "../ops/elementwise.ts";
import { gather } from "../ops/indexing.ts";
import { concat, reshape } from "../ops/movement.ts";
import { sum } from "../ops/reduce.ts";
import { zeros } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { CsrMatrix } from "./csr-matrix.ts";
import { ellProduct } from "./ell-product.ts";

/** Columns up to which a matrix's own values are kept for each column: read side by side they cost a third of being spread. */
const narrow = 32;

/**
 * Sparse times dense: Y_i = Σ_e value_e · X[column_e] over the entries e of row i.
 *
 * Rows of nearly equal degree are summed together (`degreeBuckets`). With A's pattern, the derivatives are products with
 * its transpose and of the rows an entry joins:
 *
 *   ∂L/∂X = Aᵀ G    ∂L/∂value_e = ⟨G[row_e], X[column_e]⟩
 *
 * A program is compiled for the degrees of the matrix.
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
  const entries = values ?? matrix.valuesTensor;
  if (entries.shape.length !== 1 || entries.shape[0] !== matrix.entries) {
    throw new ShapeError(`spmm: ${formatShape(entries.shape)} values for ${matrix.entries} entries`);
  }
  const dtype = requireSameDType("spmm", entries.dtype, x.dtype);
  if (dtype === "bool" || dtype === "float16")
    throw new DTypeError(`spmm needs float32, float64 or whole numbers, got ${dtype}; cast first`);
  return entries === matrix.valuesTensor ? ownProduct(matrix, x) : freeProduct(matrix, x, entries);
}

/** With the matrix's own values. */
function ownProduct(matrix: CsrMatrix, x: Tensor): Tensor {
  const { layout } = matrix;
  const width = sizeOf(x.shape.slice(1));
  const kept = x.shape.length === 2 && width <= narrow;
  return customVjp({
    forward: (rows) => {
      if (layout.unit) return { outputs: [bucketSums(matrix, rows, () => undefined)] };
      if (!kept) return { outputs: [bucketSums(matrix, rows, spread(matrix, rows, matrix.valuesTensor))] };
      const weights = layout.ownWeights(width);
      return { outputs: [bucketSums(matrix, rows, (bucket) => weights[bucket])] };
    },
    backward: (_, [g]) => [g && ownProduct(layout.transposed.matrix, g)],
  })(x)[0];
}

/** With values of their own, to which a gradient flows. */
function freeProduct(matrix: CsrMatrix, x: Tensor, values: Tensor): Tensor {
  return customVjp({
    forward: (rows, entries) => ({
      outputs: [bucketSums(matrix, rows, spread(matrix, rows, entries))],
      residuals: [rows, entries],
    }),
    backward([rows, entries], [g]) {
      if (!g) return [undefined, undefined];
      const { transposed, entryPlaces } = matrix.layout;
      const joined = mul(gather(g, entryPlaces.rowOf), gather(rows, entryPlaces.columnOf));
      const rest = rows.shape.slice(1).map((_, axis) => axis + 1);
      return [
        freeProduct(transposed.matrix, g, gather(entries, transposed.order)),
        rest.length > 0 ? sum(joined, rest) : joined,
      ];
    },
  })(x, values)[0];
}

/** The values in a bucket's slots, 0 in its padding, shaped to multiply the gathered rows. */
function spread({ layout }: CsrMatrix, x: Tensor, values: Tensor): (bucket: number) => Tensor {
  const all = layout.padded ? concat([values, zeros([1], values.dtype)]) : values;
  return (bucket) => {
    const { entries } = layout.buckets[bucket];
    return reshape(gather(all, entries), [...entries.shape, ...x.shape.slice(1).map(() => 1)]);
  };
}

/** Each bucket's sums one after another, then each row's from its place. */
function bucketSums({ layout }: CsrMatrix, x: Tensor, weightsOf: (bucket: number) => Tensor | undefined): Tensor {
  const row = zeros([1, ...x.shape.slice(1)], x.dtype);
  const rows = layout.padded ? concat([x, row]) : x;
  const sums = layout.buckets.map(({ columns, count }, bucket) => ellProduct(rows, columns, weightsOf(bucket), count));
  const all = layout.emptyRows ? [...sums, row] : sums;
  return all.length === 0 ? zeros([0, ...x.shape.slice(1)], x.dtype) : gather(concat(all), layout.places);
}
