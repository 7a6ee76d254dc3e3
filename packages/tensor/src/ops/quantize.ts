import { straightThrough } from "../control/custom-vjp.ts";
import { type DType, requireFloat, requireSameDType } from "../dtype.ts";
import { DomainError, DTypeError, requireWhole, ShapeError } from "../errors.ts";
import type { OnnxAttribute } from "../onnx/model.ts";
import { definePrimitive, type LowerContext, type Spec } from "../primitive.ts";
import { recordOne, toTensor } from "../record.ts";
import { formatShape, normalizeAxis, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { cast, clamp, div, mul, round, sub } from "./elementwise.ts";
import { stopGradient } from "./gradient-control.ts";
import { expand, reshape } from "./movement.ts";
import { sumTo } from "./reduce.ts";

export type QuantizedDType = "int8" | "uint8";

/** What whole numbers stand for: value = scale·(q − zeroPoint). */
export interface Quantization {
  scale: number;
  zeroPoint: number;
}

export const quantizedRange = (dtype: QuantizedDType): [number, number] => (dtype === "int8" ? [-128, 127] : [0, 255]);

export interface IntervalOptions {
  dtype?: QuantizedDType;
  /** Zero point 0 (the middle, 128, for uint8), the range widened to be even on both sides. */
  symmetric?: boolean;
}

/** The quantization that covers an interval; 0 is always inside, and stands for itself exactly. */
export function quantizationFor(
  low: number,
  high: number,
  { dtype = "uint8", symmetric = false }: IntervalOptions = {},
): Quantization {
  if (!(low <= high) || !Number.isFinite(low) || !Number.isFinite(high))
    throw new DomainError(`quantizationFor needs a finite interval, got ${low} … ${high}`);
  const [first, last] = quantizedRange(dtype);
  const [a, b] = [Math.min(low, 0), Math.max(high, 0)];
  if (symmetric) {
    const zeroPoint = dtype === "int8" ? 0 : 128;
    return { scale: Math.max(-a, b) / (last - zeroPoint) || 1, zeroPoint };
  }
  const scale = (b - a) / (last - first) || 1;
  return { scale, zeroPoint: Math.min(Math.max(Math.round(first - a / scale), first), last) };
}

interface QuantizeAttributes {
  dtype: DType;
  /** The axis along which scales differ; absent for one scale. */
  axis?: number;
}
type Lowering = LowerContext<QuantizeAttributes>;

function checkParameters(operation: string, x: Spec, scale: Spec, zero: Spec, axis: number | undefined): void {
  requireFloat(operation, scale.dtype);
  const wanted = axis === undefined ? [] : [x.shape[axis]];
  for (const [what, { shape }] of [["scale", scale] as const, ["zero point", zero] as const])
    if (formatShape(shape) !== formatShape(wanted))
      throw new ShapeError(
        `${operation}: a ${what} of shape ${formatShape(shape)} for ${formatShape(x.shape)}; ${axis === undefined ? "a scalar, or a vector with the option axis" : `axis ${axis} needs ${formatShape(wanted)}`}`,
      );
}

/** A scale or zero point shaped to meet x. */
const alongAxis = ({ emit, inputs: [x], attributes: { axis } }: Lowering, name: string): string =>
  axis === undefined
    ? name
    : emit.reshape(
        name,
        x.shape.map((n, a) => (a === axis ? n : 1)),
      );

const axisAttribute = (axis: number | undefined): Record<string, OnnxAttribute> =>
  axis === undefined ? {} : { axis: { int: axis } };

const quantizePrimitive = definePrimitive<QuantizeAttributes>({
  name: "quantize",
  differentiable: [],
  infer([x, scale, zero], { dtype, axis }) {
    requireFloat("quantize", x.dtype);
    requireSameDType("quantize", x.dtype, scale.dtype);
    if (dtype !== "int8" && dtype !== "uint8") throw new DTypeError(`quantize gives int8 or uint8, not ${dtype}`);
    requireSameDType("quantize: the zero point", dtype, zero.dtype);
    checkParameters("quantize", x, scale, zero, axis);
    return [{ shape: x.shape, dtype }];
  },
  lower(context) {
    const { emit, names, inputs, attributes } = context;
    const [{ dtype: from }] = inputs;
    const { dtype: to, axis } = attributes;
    if (from === "float32") return [emit.one("QuantizeLinear", names, axisAttribute(axis))];
    // The runtime quantizes float32 only; the same in steps.
    const [low, high] = quantizedRange(to as QuantizedDType);
    const ratio = emit.one("Round", [emit.one("Div", [names[0], alongAxis(context, names[1])])]);
    const shifted = emit.one("Add", [ratio, emit.cast(alongAxis(context, names[2]), from)]);
    const inside = emit.one("Min", [emit.one("Max", [shifted, emit.scalar(low, from)]), emit.scalar(high, from)]);
    return [emit.cast(emit.cast(inside, "int32"), to)];
  },
  cost: ([x]) => ({ macs: 0, flops: 3 * sizeOf(x.shape) }),
});

const dequantizePrimitive = definePrimitive<QuantizeAttributes>({
  name: "dequantize",
  differentiable: [1],
  infer([q, scale, zero], { axis }) {
    if (q.dtype !== "int8" && q.dtype !== "uint8" && q.dtype !== "int32")
      throw new DTypeError(`dequantize needs int8, uint8 or int32 numbers, got ${q.dtype}`);
    requireSameDType("dequantize: the zero point", q.dtype, zero.dtype);
    checkParameters("dequantize", q, scale, zero, axis);
    return [{ shape: q.shape, dtype: scale.dtype }];
  },
  vjp({ inputs: [q, scale, zero], attributes: { axis } }, [g]) {
    if (!g) return [undefined, undefined, undefined];
    const shaped = q.shape.map((n, a) => (a === axis ? n : 1));
    const centred = sub(
      cast(q, g.dtype),
      axis === undefined ? cast(zero, g.dtype) : reshape(cast(zero, g.dtype), shaped),
    );
    const total = sumTo(mul(g, centred), axis === undefined ? [] : shaped);
    return [undefined, reshape(total, scale.shape), undefined];
  },
  lower(context) {
    const { emit, names, inputs, outputs, attributes } = context;
    const [{ dtype: from }] = inputs;
    const [{ dtype: to }] = outputs;
    if (to === "float32" && from !== "int32")
      return [emit.one("DequantizeLinear", names, axisAttribute(attributes.axis))];
    const centred = emit.one("Sub", [emit.cast(names[0], "int32"), emit.cast(alongAxis(context, names[2]), "int32")]);
    return [emit.one("Mul", [emit.cast(centred, to), alongAxis(context, names[1])])];
  },
  cost: ([x]) => ({ macs: 0, flops: 2 * sizeOf(x.shape) }),
});

export interface QuantizeOptions {
  dtype?: QuantizedDType;
  /** The axis along which scale and zero point differ (per channel). Absent: one for the whole tensor. */
  axis?: number;
}

/** A zero point of the shape of its scale. */
function zeroLike(scale: Tensor, zeroPoint: Tensor | number, dtype: DType): Tensor {
  const zero = toTensor(zeroPoint, dtype);
  return zero.shape.length === 0 && scale.shape.length === 1 ? expand(zero, scale.shape) : zero;
}

const axisOf = (operation: string, x: Tensor, axis: number | undefined): number | undefined =>
  axis === undefined ? undefined : normalizeAxis(operation, axis, x.shape.length);

/** Attributes without undefined entries, so that equal ones have equal texts. */
const attributesOf = (dtype: DType, axis: number | undefined): QuantizeAttributes =>
  axis === undefined ? { dtype } : { dtype, axis };

/**
 * Floats as small whole numbers: q = clamp(round(x/scale) + zeroPoint), halves to even. It has no derivative; for training
 * use `fakeQuantize`.
 *
 * @param x         any shape, float
 * @param scale     a number or scalar, or with the option axis a vector with one scale a channel; same dtype as x
 * @param zeroPoint of the resulting dtype, a number or of the shape of the scale
 * @returns         the shape of x, uint8 unless said otherwise
 */
export function quantize(
  x: Tensor,
  scale: Tensor | number,
  zeroPoint: Tensor | number = 0,
  { dtype = zeroPoint instanceof Tensor ? (zeroPoint.dtype as QuantizedDType) : "uint8", axis }: QuantizeOptions = {},
): Tensor {
  const factor = toTensor(scale, x.dtype);
  const inputs = [x, factor, zeroLike(factor, zeroPoint, dtype)];
  return recordOne(quantizePrimitive, inputs, attributesOf(dtype, axisOf("quantize", x, axis)));
}

/**
 * Whole numbers back as floats: scale·(q − zeroPoint). The gradient flows to the scale.
 *
 * @param q         int8, uint8 or int32
 * @param scale     as for `quantize`; its dtype is the result's (float32 for a number)
 * @param zeroPoint of the dtype of q
 */
export function dequantize(
  q: Tensor,
  scale: Tensor | number,
  zeroPoint: Tensor | number = 0,
  { axis }: Pick<QuantizeOptions, "axis"> = {},
): Tensor {
  const factor = toTensor(scale, "float32");
  const inputs = [q, factor, zeroLike(factor, zeroPoint, q.dtype)];
  return recordOne(dequantizePrimitive, inputs, attributesOf(factor.dtype, axisOf("dequantize", q, axis)));
}

export interface FakeQuantizeOptions {
  bits?: number;
  signed?: boolean;
  /** The axis along which scales differ; the scale is then a vector. */
  axis?: number;
  /** Multiplies the gradient of the scale; 1/√(values a scale · largest level) when absent, as in the source. */
  gradientScale?: number;
}

/**
 * Quantization with a learned step, in floats (LSQ): with v = x/s and levels −Q_N … Q_P,
 *
 *   y = s·round(clamp(v, −Q_N, Q_P))        ∂y/∂x = 1 inside, 0 outside (straight through)
 *   ∂y/∂s = round(v) − v inside, −Q_N or Q_P outside, times `gradientScale`
 *
 * @param x     any shape, float
 * @param scale positive: a scalar, or with the option axis a vector of the length of that axis
 * @returns     the shape of x
 * Source: Esser et al., "Learned Step Size Quantization" (2020), equations 1 to 5.
 */
export function fakeQuantize(x: Tensor, scale: Tensor | number, options: FakeQuantizeOptions = {}): Tensor {
  const { bits = 8, signed = true } = options;
  requireWhole("fakeQuantize: bits", bits, signed ? 2 : 1);
  requireFloat("fakeQuantize", x.dtype);
  const axis = axisOf("fakeQuantize", x, options.axis);
  const factor = toTensor(scale, x.dtype);
  checkParameters("fakeQuantize", x, factor, factor, axis);
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const each = axis === undefined ? x.size : x.size / Math.max(x.shape[axis], 1);
  const weight = options.gradientScale ?? 1 / Math.sqrt(Math.max(each, 1) * high);
  const slowed = straightThrough(stopGradient(factor), mul(factor, weight));
  const s =
    axis === undefined
      ? slowed
      : reshape(
          slowed,
          x.shape.map((n, a) => (a === axis ? n : 1)),
        );
  const inside = clamp(div(x, s), low, high);
  return mul(straightThrough(round(inside), inside), s);
}
