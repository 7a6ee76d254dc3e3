import { blockedSum } from "#blocked";
import { shifted } from "../batching.ts";
import { isFloat, requireFloat } from "../dtype.ts";
import { DomainError, DTypeError, ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne, zerosLike } from "../record.ts";
import { formatShape, normalizeAxes, normalizeAxis, reducedShape, type Shape, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { cast, div, equal, exp, greater, log, logicalNot, mul, sqrt, square, sub } from "./elementwise.ts";
import { flip } from "./flip-and-roll.ts";
import { stopGradient } from "./gradient-control.ts";
import { leadingSum } from "./leading-sum.ts";
import { expand, reshape } from "./movement.ts";

export type Axes = number | readonly number[];
interface ReduceAttributes {
  axes: readonly number[];
  keepDims: boolean;
}
export interface ReduceOptions {
  /** The reduced axes stay with length 1. */
  keepDims?: boolean;
}

type ReduceDerivative = (x: Tensor, y: Tensor, gradient: Tensor, axes: readonly number[]) => Tensor;

function reduction(name: string, onnx: string, derivative: ReduceDerivative, emptyIsError = false) {
  const primitive = definePrimitive<ReduceAttributes>({
    name,
    infer([x], { axes, keepDims }) {
      if (x.dtype === "bool") throw new DTypeError(`${name} needs numbers, got bool; cast it first`);
      if (emptyIsError && axes.some((axis) => x.shape[axis] === 0)) {
        throw new ShapeError(`${name} over an empty axis of ${formatShape(x.shape)} has no value`);
      }
      return [{ shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype }];
    },
    vjp({ inputs: [x], outputs: [y], attributes: { axes } }, [g]) {
      if (!g || !isFloat(x.dtype)) return [undefined];
      const kept = reducedShape(x.shape, axes, true);
      return [derivative(x, reshape(y, kept), reshape(g, kept), axes)];
    },
    batch: shifted(({ axes, keepDims }) => ({ axes: axes.map((axis) => axis + 1), keepDims })),
    lower({ emit, names, inputs, outputs, attributes: { axes, keepDims } }) {
      if (axes.length === 0) return [emit.one("Identity", names)];
      // The runtime cannot reduce an empty axis: the sum of nothing is 0, the product 1.
      if (sizeOf(inputs[0].shape) === 0)
        return [emit.full(outputs[0].shape, name === "prod" ? 1 : 0, outputs[0].dtype)];
      const [{ shape, dtype }] = inputs;
      const inBlocks = name === "sum" ? blockedSum(emit, names[0], inputs[0], axes) : undefined;
      if (inBlocks !== undefined) return [keepDims ? emit.reshape(inBlocks, outputs[0].shape) : inBlocks];
      const leading = axes.filter((axis, i) => axis === i).length;
      if (name === "sum" && leading > 0 && leading < shape.length) {
        // Those behind a kept axis first: they lie side by side.
        const later = axes.slice(leading);
        const rows = later.length === 0 ? names[0] : emit.reduce(onnx, names[0], later, false, dtype);
        const sums = leadingSum(emit, rows, reducedShape(shape, later, false), leading, dtype);
        return [keepDims ? emit.reshape(sums, outputs[0].shape) : sums];
      }
      return [emit.reduce(onnx, names[0], axes, keepDims, dtype)];
    },
    cost: ([x]) => ({ macs: 0, flops: sizeOf(x.shape) }),
  });
  return (x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor =>
    recordOne(primitive, [x], { axes: normalizeAxes(name, axes, x.shape.length), keepDims });
}

/** The gradient of a maximum or minimum goes to the winners, in equal parts where several tie. */
const shareAmongWinners: ReduceDerivative = (x, y, g, axes) => {
  const wins = cast(equal(x, y), x.dtype);
  return mul(wins, div(g, sum(wins, axes, { keepDims: true })));
};

export const sum = reduction("sum", "ReduceSum", (x, _, g) => expand(g, x.shape));
export const max = reduction("max", "ReduceMax", shareAmongWinners, true);
export const min = reduction("min", "ReduceMin", shareAmongWinners, true);
/** The gradient of a product with one zero goes to that zero alone; with two it is zero everywhere. */
export const prod = reduction("prod", "ReduceProd", (x, _, g, axes) =>
  x.size === 0 ? zerosLike(x) : mul(g, productOfOthers(x, axes)),
);

function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  // The exclusive products from both ends, so that no division by a zero is needed.
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const length = axes.reduce((n, axis) => n * x.shape[axis], 1);
  const rows = x.permute(order).reshape([...kept.map((axis) => x.shape[axis]), length]);
  const before = exclusiveProduct(rows);
  const after = flip(exclusiveProduct(flip(rows, -1)), -1);
  const inverse = order.map((_, i) => order.indexOf(i));
  return mul(before, after)
    .reshape(order.map((axis) => x.shape[axis]))
    .permute(inverse);
}

/** Products of all earlier elements along the last axis, by doubling shifts. */
function exclusiveProduct(rows: Tensor): Tensor {
  const n = rows.shape[rows.shape.length - 1];
  let out = rows.slice([{ axis: -1, start: 0, end: n - 1 }]).pad([{ axis: -1, before: 1, after: 0 }], 1);
  for (let reach = 1; reach < n; reach *= 2) {
    const shifted = out.slice([{ axis: -1, start: 0, end: n - reach }]).pad([{ axis: -1, before: reach, after: 0 }], 1);
    out = mul(out, shifted);
  }
  return out;
}

/** Sums the axes that broadcasting stretched, so that a gradient gets the shape of its input. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((n, axis) => (axis < lead || (shape[axis - lead] === 1 && n !== 1) ? [axis] : []));
  return reshape(sum(x, axes), shape);
}

const countOf = (x: Tensor, axes?: Axes): number =>
  normalizeAxes("mean", axes, x.shape.length).reduce((n, axis) => n * x.shape[axis], 1);

export function mean(x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor {
  requireFloat("mean", x.dtype);
  return mul(sum(x, axes, options), 1 / countOf(x, axes));
}

export interface VarianceOptions extends ReduceOptions {
  /** What is taken from the count of values: 0 for the variance of a population, 1 for the unbiased estimate from a sample. */
  correction?: number;
}

/**
 * Variance along axes (all of them when absent): Σ (x − mean)² / (n − correction).
 *
 * @throws DomainError if a correction leaves nothing to divide by
 */
export function variance(x: Tensor, axes?: Axes, { keepDims = false, correction = 0 }: VarianceOptions = {}): Tensor {
  const n = countOf(x, axes);
  if (!(correction >= 0) || (correction > 0 && n <= correction))
    throw new DomainError(
      `variance: a correction of ${correction} for ${n} values; it must be at least 0 and below ${n}`,
    );
  const centred = sub(x, mean(x, axes, { keepDims: true }));
  return mul(sum(square(centred), axes, { keepDims }), 1 / (n - correction));
}

/** Standard deviation, √variance; its derivative where all values are equal is not a number, as that of √ at 0. */
export const std = (x: Tensor, axes?: Axes, options?: VarianceOptions): Tensor => sqrt(variance(x, axes, options));

/** √(Σ x²); the derivative at 0 is not finite: add a small number under the root where zeros can occur. */
export const norm = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor => sqrt(sum(square(x), axes, options));

/** log Σ eˣ, shifted by the maximum so that nothing overflows. */
export function logSumExp(x: Tensor, axes?: Axes, { keepDims = false }: ReduceOptions = {}): Tensor {
  requireFloat("logSumExp", x.dtype);
  const shift = stopGradient(max(x, axes, { keepDims: true }));
  const total = log(sum(exp(sub(x, shift)), axes, { keepDims: true })).add(shift);
  return keepDims
    ? total
    : reshape(total, reducedShape(x.shape, normalizeAxes("logSumExp", axes, x.shape.length), false));
}

/** Whether any value along the axes is true. */
export const any = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  greater(sum(cast(cast(x, "bool"), "int32"), axes, options), 0);
/** Whether all values along the axes are true. */
export const all = (x: Tensor, axes?: Axes, options?: ReduceOptions): Tensor =>
  logicalNot(any(logicalNot(cast(x, "bool")), axes, options));

const argPrimitive = definePrimitive<{ axis: number; keepDims: boolean; which: "ArgMax" | "ArgMin" }>({
  name: "argExtremum",
  infer([x], { axis, keepDims, which }) {
    const name = which === "ArgMax" ? "argMax" : "argMin";
    if (x.dtype === "bool") throw new DTypeError(`${name} needs numbers, got bool; cast it first`);
    if (x.shape[axis] === 0) throw new ShapeError(`${name} over an empty axis of ${formatShape(x.shape)} has no value`);
    return [{ shape: reducedShape(x.shape, [axis], keepDims), dtype: "int32" }];
  },
  vjp: () => [undefined],
  batch: shifted(({ axis, ...rest }) => ({ axis: axis + 1, ...rest })),
  lower({ emit, names: [x], inputs: [{ dtype }], attributes: { axis, keepDims, which } }) {
    const input = dtype === "uint32" ? emit.cast(x, "int64") : x;
    const index = emit.one(which, [input], { axis: { int: axis }, keepdims: { int: keepDims ? 1 : 0 } });
    return [emit.cast(index, "int32")];
  },
  cost: ([x]) => ({ macs: 0, flops: sizeOf(x.shape) }),
});

const argExtremum =
  (which: "ArgMax" | "ArgMin") =>
  (x: Tensor, axis = -1, { keepDims = false }: ReduceOptions = {}): Tensor =>
    recordOne(argPrimitive, [x], { axis: normalizeAxis(which, axis, x.shape.length), keepDims, which });
/** The index (int32) of the largest value along an axis, the first where several tie. */
export const argMax = argExtremum("ArgMax");
export const argMin = argExtremum("ArgMin");

const cumSumPrimitive = definePrimitive<{ axis: number; exclusive: boolean; reverse: boolean }>({
  name: "cumSum",
  infer([x]) {
    if (x.dtype === "bool" || x.dtype === "uint8" || x.dtype === "int8" || x.dtype === "uint32")
      throw new DTypeError(`cumSum needs float, int32 or int64 numbers, got ${x.dtype}; cast it first`);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp: ({ attributes: { axis, exclusive, reverse } }, [g]) => [g && cumSum(g, axis, { exclusive, reverse: !reverse })],
  batch: shifted(({ axis, ...rest }) => ({ axis: axis + 1, ...rest })),
  lower: ({ emit, names, attributes: { axis, exclusive, reverse } }) => [
    emit.one("CumSum", [names[0], emit.int64Scalar(axis)], {
      exclusive: { int: exclusive ? 1 : 0 },
      reverse: { int: reverse ? 1 : 0 },
    }),
  ],
  cost: ([x]) => ({ macs: 0, flops: sizeOf(x.shape) }),
});

/** Running sums along an axis; exclusive leaves out the element itself, reverse runs from the end. */
export function cumSum(x: Tensor, axis = -1, options: { exclusive?: boolean; reverse?: boolean } = {}): Tensor {
  const { exclusive = false, reverse = false } = options;
  return recordOne(cumSumPrimitive, [x], { axis: normalizeAxis("cumSum", axis, x.shape.length), exclusive, reverse });
}
