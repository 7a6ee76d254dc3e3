import { DTypeError, ShapeError } from "../errors.ts";
import { leadingSum } from "../ops/leading-sum.ts";
import { permute, unsqueeze } from "../ops/movement.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** The first axes in another order, those behind them as they are. */
const swapped = (x: Tensor, order: readonly number[]): Tensor =>
  permute(x, [...order, ...x.shape.slice(order.length).map((_, i) => order.length + i)]);

const ellProductPrimitive = definePrimitive<{ entries: number }>({
  name: "ellProduct",
  infer([x, columns, weights]) {
    if (columns.shape.length !== 2)
      throw new ShapeError(`ellProduct: columns must be [degree, rows], got ${formatShape(columns.shape)}`);
    if (weights && weights.dtype !== x.dtype)
      throw new DTypeError(`ellProduct: ${weights.dtype} weights for ${x.dtype} rows`);
    return [{ shape: [columns.shape[1], ...x.shape.slice(1)], dtype: x.dtype }];
  },
  // The examples stand behind the rows, as one more axis of each.
  batch({ inputs: [x, columns, weights], batched: [own, , weighted], attributes, again, all }) {
    const rows = swapped(own ? x : all(x), [1, 0]);
    const factors = weights && (weighted ? swapped(weights, [1, 2, 0]) : unsqueeze(weights, 2));
    return again(factors ? [rows, columns, factors] : [rows, columns], attributes).map((y) => swapped(y, [1, 0]));
  },
  lower({ emit, names: [x, columns, weights], inputs: [, columnSpec], outputs: [out] }) {
    const rows = emit.one("Gather", [x, columns], { axis: { int: 0 } });
    const terms = weights ? emit.one("Mul", [rows, weights]) : rows;
    if (sizeOf(out.shape) === 0) return [emit.reduce("ReduceSum", terms, [0], false, out.dtype)];
    return [leadingSum(emit, terms, [columnSpec.shape[0], ...out.shape], 1, out.dtype)];
  },
  cost([x], _, { entries }) {
    const macs = entries * sizeOf(x.shape.slice(1));
    // Rows are gathered, which takes far longer than the arithmetic.
    return { macs, flops: 2 * macs, seconds: 1e-9 * macs };
  },
});

/**
 * A sparse product with as many entries in each row (the ELLPACK form): y_i = Σ_k w_ki · x[columns_ki].
 *
 * @param x       [n, ...]
 * @param columns [degree, rows] int32, within 0 … n − 1
 * @param weights [degree, rows, ...] as broadcast to the gathered rows; all 1 when absent
 * @param entries how many of the slots are no padding, for the account of costs
 * @returns       [rows, ...]; it has no derivative of its own
 */
export const ellProduct = (x: Tensor, columns: Tensor, weights: Tensor | undefined, entries: number): Tensor =>
  recordOne(ellProductPrimitive, weights ? [x, columns, weights] : [x, columns], { entries });
