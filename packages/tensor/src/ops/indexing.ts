import { type BatchContext, joined, parted, shifted, withLeading } from "../batching.ts";
import type { DType } from "../dtype.ts";
import { DTypeError, requireWhole, ShapeError } from "../errors.ts";
import { definePrimitive, type LowerContext, type Spec } from "../primitive.ts";
import { arange, record, recordOne } from "../record.ts";
import { formatShape, normalizeAxis, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, cast, div, equal, exp, greaterEqual, less, lessEqual, maximum, mul, sub, where } from "./elementwise.ts";
import { stopGradient } from "./gradient-control.ts";
import { permute, reshape, transpose, unsqueeze } from "./movement.ts";
import { combineRows } from "./scatter-rows.ts";

function requireIndices(operation: string, { dtype }: Spec): void {
  if (dtype !== "int32" && dtype !== "int64")
    throw new DTypeError(`${operation} needs int32 or int64 indices, got ${dtype}; cast them first`);
}

const gatherPrimitive = definePrimitive<{ axis: number }>({
  name: "gather",
  movement: true,
  differentiable: [0],
  infer([x, indices], { axis }) {
    requireIndices("gather", indices);
    return [{ shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype }];
  },
  vjp({ inputs: [x, indices], attributes: { axis } }, [g]) {
    if (!g) return [undefined, undefined];
    const lead = axis;
    const rank = indices.shape.length;
    // Bring the gathered axes to the front, add the rows up by index, and bring the axis back.
    const order = g.shape.map((_, a) => a);
    const front = [...order.slice(lead, lead + rank), ...order.slice(0, lead), ...order.slice(lead + rank)];
    const rest = [...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)];
    const rows = reshape(permute(g, front), [sizeOf(indices.shape), ...rest]);
    const total = segmentSum(rows, reshape(indices, [sizeOf(indices.shape)]), x.shape[axis]);
    const back = x.shape.map((_, a) => (a === axis ? 0 : a < axis ? a + 1 : a));
    return [permute(total, back), undefined];
  },
  batch({ inputs: [x, indices], batched: [own, chosen], attributes: { axis }, size, again }) {
    if (!chosen) return again([x, indices], { axis: axis + 1 });
    const rank = indices.shape.length - 1;
    if (!own) {
      // [before, examples, indices, after]: the examples come to the front.
      const [y] = again([x, indices], { axis });
      const order = y.shape.map((_, a) => a).filter((a) => a !== axis);
      return [permute(y, [axis, ...order])];
    }
    // The rows of all examples under one another, each example's indices moved to its own.
    const order = x.shape.map((_, a) => a).filter((a) => a !== 0 && a !== axis + 1);
    const rows = permute(x, [0, axis + 1, ...order]);
    const n = rows.shape[1];
    const positive = where(less(indices, 0), add(indices, n), indices);
    const offsets = arange(size, { step: n, dtype: indices.dtype }).reshape([size, ...new Array(rank).fill(1)]);
    const [y] = again([joined(rows), add(positive, offsets)], { axis: 0 });
    // [examples, indices, before, after] → [examples, before, indices, after]
    const axes = y.shape.map((_, a) => a);
    return [
      permute(y, [
        0,
        ...axes.slice(1 + rank, 1 + rank + axis),
        ...axes.slice(1, 1 + rank),
        ...axes.slice(1 + rank + axis),
      ]),
    ];
  },
  lower: ({ emit, names, attributes: { axis } }) => [emit.one("Gather", names, { axis: { int: axis } })],
});

/**
 * Rows of x by index: result[…, i…, …] = x[…, indices[i…], …].
 *
 * @param x       [..., n, ...]
 * @param indices any shape, int32 or int64, within −n … n − 1
 */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  recordOne(gatherPrimitive, [x, indices], { axis: normalizeAxis("gather", axis, x.shape.length) });

/** Rows combined into a base of one value at the first axis; the runtime combines no float16, which passes through float32. */
function scatterRows(
  { emit, names: [rows, ids], inputs: [rowSpec, idSpec], outputs: [out] }: LowerContext<{ count: number }>,
  start: number,
  reduction: "add" | "max",
): string[] {
  const half = out.dtype === "float16";
  const dtype = half ? "float32" : out.dtype;
  const base = emit.full(out.shape, start, dtype);
  const same = sizeOf(out.shape) === 0 || idSpec.shape[0] === 0;
  const combined = same
    ? emit.one("Identity", [base])
    : combineRows(emit, [base, emit.cast(ids, "int64"), half ? emit.cast(rows, dtype) : rows], rowSpec, reduction);
  return [half ? emit.cast(combined, out.dtype) : combined];
}

/** Each example's segments behind those of the one before. */
function segmentsOfAll(context: BatchContext<{ count: number }>): Tensor[] {
  const {
    attributes: { count },
    size,
    again,
  } = context;
  const [rows, ids] = withLeading(context);
  const offsets = arange(size, { step: count, dtype: ids.dtype }).reshape([size, 1]);
  return again([joined(rows), joined(add(ids, offsets))], { count: size * count }).map((y) => parted(y, size));
}

const segmentSumPrimitive = definePrimitive<{ count: number }>({
  name: "segmentSum",
  differentiable: [0],
  infer([rows, ids], { count }) {
    if (rows.dtype === "bool") throw new DTypeError("segmentSum needs numbers, got bool; cast it first");
    requireIndices("segmentSum", ids);
    requireWhole("segmentSum: the number of segments", count);
    if (ids.shape.length !== 1 || rows.shape.length < 1 || rows.shape[0] !== ids.shape[0]) {
      throw new ShapeError(
        `segmentSum: rows ${formatShape(rows.shape)} and ids ${formatShape(ids.shape)}; ids must be a vector with one id a row`,
      );
    }
    return [{ shape: [count, ...rows.shape.slice(1)], dtype: rows.dtype }];
  },
  vjp: ({ inputs: [, ids] }, [g]) => [g && gather(g, ids), undefined],
  batch: segmentsOfAll,
  lower: (context) => scatterRows(context, 0, "add"),
  cost: ([rows]) => ({ macs: 0, flops: sizeOf(rows.shape) }),
});

/**
 * Sums of rows by segment: result[s] = Σ_{i: ids[i] = s} rows[i]; a segment without rows is 0.
 *
 * @param rows  [n, ...]
 * @param ids   [n] int32 or int64, 0 … count − 1, in any order
 * @param count the number of segments
 * @returns     [count, ...]
 */
export const segmentSum = (rows: Tensor, ids: Tensor, count: number): Tensor =>
  recordOne(segmentSumPrimitive, [rows, ids], { count });

/** Rows in each segment, shaped to divide a tensor of `rank` axes. */
function segmentSizes(ids: Tensor, count: number, rank: number, dtype: DType): Tensor {
  const ones = cast(equal(ids, ids), dtype);
  return reshape(segmentSum(ones, ids, count), [count, ...Array.from({ length: rank - 1 }, () => 1)]);
}

/** Means of rows by segment; an empty segment is 0. */
export function segmentMean(rows: Tensor, ids: Tensor, count: number): Tensor {
  return div(segmentSum(rows, ids, count), maximum(segmentSizes(ids, count, rows.shape.length, rows.dtype), 1));
}

const segmentMaxPrimitive = definePrimitive<{ count: number }>({
  name: "segmentMax",
  differentiable: [0],
  infer(inputs, attributes) {
    if (inputs[0].dtype === "bool") throw new DTypeError("segmentMax needs numbers, got bool; cast it first");
    return segmentSumPrimitive.infer(inputs, attributes);
  },
  vjp({ inputs: [rows, ids], outputs: [y], attributes: { count } }, [g]) {
    if (!g) return [undefined, undefined];
    const wins = cast(equal(rows, gather(y, ids)), g.dtype);
    const share = div(g, maximum(segmentSum(wins, ids, count), 1));
    return [mul(wins, gather(share, ids)), undefined];
  },
  batch: segmentsOfAll,
  lower: (context) => scatterRows(context, lowest[context.outputs[0].dtype], "max"),
  opset: () => 18,
});

const lowest: Record<DType, number> = {
  float32: -3.4028234663852886e38,
  float64: -Number.MAX_VALUE,
  float16: -65504,
  int32: -(2 ** 31),
  int64: -(2 ** 63),
  int8: -128,
  uint8: 0,
  uint32: 0,
  bool: 0,
};

/** Maxima of rows by segment; an empty segment holds the lowest number of the dtype. Ties share the gradient. */
export const segmentMax = (rows: Tensor, ids: Tensor, count: number): Tensor =>
  recordOne(segmentMaxPrimitive, [rows, ids], { count });

/** Softmax within each segment: e^{x_i} / Σ_{j in the segment of i} e^{x_j}. */
export function segmentSoftmax(rows: Tensor, ids: Tensor, count: number): Tensor {
  const shifted = exp(sub(rows, gather(stopGradient(segmentMax(rows, ids, count)), ids)));
  return div(shifted, gather(segmentSum(shifted, ids, count), ids));
}

/**
 * Adds slices into x by index along an axis: result[…, ids[i], …] = x[…, ids[i], …] + Σ rows[…, i, …]. One index may come several
 * times. For an index of its own at every position see `scatterAlongAxis`.
 *
 * @param x    any shape but a scalar's
 * @param ids  [n] int32 or int64, negative ones counted from the end
 * @param rows the shape of x, with n slices along the axis
 * @returns    the shape of x
 */
export function scatterAdd(x: Tensor, ids: Tensor, rows: Tensor, axis = 0): Tensor {
  const at = normalizeAxis("scatterAdd", axis, x.shape.length);
  const wanted = x.shape.map((n, a) => (a === at ? ids.size : n));
  if (!sameShape(rows.shape, wanted))
    throw new ShapeError(
      `scatterAdd: ${formatShape(rows.shape)} added into ${formatShape(x.shape)} at ${ids.size} indices of axis ${axis}; it needs ${formatShape(wanted)}`,
    );
  if (at === 0) return add(x, segmentSum(rows, ids, x.shape[0]));
  return add(x, transpose(segmentSum(transpose(rows, 0, at), ids, x.shape[at]), 0, at));
}

const takePrimitive = definePrimitive<{ axis: number }>({
  name: "takeAlongAxis",
  movement: true,
  differentiable: [0],
  infer([x, indices], { axis }) {
    requireIndices("takeAlongAxis", indices);
    if (x.shape.length !== indices.shape.length || x.shape.some((n, a) => a !== axis && n !== indices.shape[a])) {
      throw new ShapeError(
        `takeAlongAxis: ${formatShape(x.shape)} and indices ${formatShape(indices.shape)} differ beside axis ${axis}`,
      );
    }
    return [{ shape: indices.shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x, indices], attributes: { axis } }, [g]) => [
    g && scatterAlongAxis(g, indices, x.shape[axis], axis),
    undefined,
  ],
  batch: shifted(({ axis }) => ({ axis: axis + 1 })),
  lower: ({ emit, names, attributes: { axis } }) => [emit.one("GatherElements", names, { axis: { int: axis } })],
});

/** One value a position: result[…, j, …] = x[…, indices[…, j, …], …]. */
export const takeAlongAxis = (x: Tensor, indices: Tensor, axis = -1): Tensor =>
  recordOne(takePrimitive, [x, indices], { axis: normalizeAxis("takeAlongAxis", axis, x.shape.length) });

const scatterAlongPrimitive = definePrimitive<{ axis: number; length: number }>({
  name: "scatterAlongAxis",
  differentiable: [0],
  infer([values, indices], { axis, length }) {
    if (values.dtype === "bool") throw new DTypeError("scatterAlongAxis needs numbers, got bool; cast it first");
    requireIndices("scatterAlongAxis", indices);
    if (formatShape(values.shape) !== formatShape(indices.shape)) {
      throw new ShapeError(
        `scatterAlongAxis: values ${formatShape(values.shape)} and indices ${formatShape(indices.shape)} differ`,
      );
    }
    return [{ shape: values.shape.map((n, a) => (a === axis ? length : n)), dtype: values.dtype }];
  },
  vjp: ({ inputs: [, indices], attributes: { axis } }, [g]) => [g && takeAlongAxis(g, indices, axis), undefined],
  batch: shifted(({ axis, length }) => ({ axis: axis + 1, length })),
  lower({ emit, names: [values, indices], outputs: [out], attributes: { axis } }) {
    const half = out.dtype === "float16";
    const base = emit.full(out.shape, 0, half ? "float32" : out.dtype);
    const total = emit.one("ScatterElements", [base, indices, half ? emit.cast(values, "float32") : values], {
      axis: { int: axis },
      reduction: { string: "add" },
    });
    return [half ? emit.cast(total, out.dtype) : total];
  },
  cost: ([values]) => ({ macs: 0, flops: sizeOf(values.shape) }),
});

/** The transpose of takeAlongAxis: values added up at their indices along an axis of the given length. */
export const scatterAlongAxis = (values: Tensor, indices: Tensor, length: number, axis = -1): Tensor =>
  recordOne(scatterAlongPrimitive, [values, indices], {
    axis: normalizeAxis("scatterAlongAxis", axis, values.shape.length),
    length,
  });

/** 1 at the index and 0 elsewhere, along a new last axis. An index outside 0 … classes − 1 gives a row of zeros. */
export function oneHot(indices: Tensor, classes: number, dtype: DType = "float32"): Tensor {
  requireWhole("oneHot: the number of classes", classes, 1);
  requireIndices("oneHot", indices);
  return cast(equal(unsqueeze(indices, -1), arange(classes, { dtype: indices.dtype })), dtype);
}

const topKPrimitive = definePrimitive<{ k: number; axis: number; largest: boolean }>({
  name: "topK",
  infer([x], { k, axis }) {
    if (x.dtype === "bool") throw new DTypeError("topK needs numbers, got bool; cast it first");
    if (k > x.shape[axis])
      throw new ShapeError(`topK: ${k} of an axis of length ${x.shape[axis]} in ${formatShape(x.shape)}`);
    const shape = x.shape.map((n, a) => (a === axis ? k : n));
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  vjp: ({ inputs: [x], outputs: [, indices], attributes: { axis } }, [g]) => [
    g && scatterAlongAxis(g, indices, x.shape[axis], axis),
  ],
  batch: shifted(({ axis, ...rest }) => ({ axis: axis + 1, ...rest })),
  lower({ emit, names: [x], inputs: [{ dtype }], attributes: { k, axis, largest } }) {
    const unsigned = dtype === "uint32";
    const [values, indices] = emit.many(2, "TopK", [unsigned ? emit.cast(x, "int64") : x, emit.int64([k])], {
      axis: { int: axis },
      largest: { int: largest ? 1 : 0 },
      sorted: { int: 1 },
    });
    return [unsigned ? emit.cast(values, dtype) : values, emit.cast(indices, "int32")];
  },
  cost: ([x]) => ({ macs: 0, flops: sizeOf(x.shape) }),
});

/** The k largest (or smallest) values along an axis in order, with their indices (int32). */
export function topK(
  x: Tensor,
  k: number,
  options: { axis?: number; largest?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  requireWhole("topK: k", k);
  const { axis = -1, largest = true } = options;
  const [values, indices] = record(topKPrimitive, [x], {
    k,
    axis: normalizeAxis("topK", axis, x.shape.length),
    largest,
  });
  return { values, indices };
}

/** All values along an axis in ascending (or descending) order, with their indices. */
export function sort(
  x: Tensor,
  options: { axis?: number; descending?: boolean } = {},
): { values: Tensor; indices: Tensor } {
  const { axis = -1, descending = false } = options;
  return topK(x, x.shape[normalizeAxis("sort", axis, x.shape.length)], { axis, largest: descending });
}

/**
 * The indices (int32) that put an axis into ascending (or descending) order; equal values keep their order.
 * `takeAlongAxis(x, argSort(x))` is the sorted tensor.
 */
export const argSort = (x: Tensor, options: { axis?: number; descending?: boolean } = {}): Tensor =>
  sort(x, options).indices;

/** True on and below the diagonal j = i + offset (above it for `upper`), [rows, columns]: causal masks. */
export function triangle(
  rows: number,
  columns = rows,
  { upper = false, offset = 0, dtype = "bool" as DType } = {},
): Tensor {
  const i = reshape(arange(rows), [rows, 1]);
  const j = reshape(arange(columns), [1, columns]);
  const keep = upper ? lessEqual(add(i, offset), j) : greaterEqual(add(i, offset), j);
  return cast(keep, dtype);
}
