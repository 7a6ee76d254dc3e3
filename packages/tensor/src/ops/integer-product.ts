import { DTypeError, ShapeError } from "../errors.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { definePrimitive, type Spec } from "../primitive.ts";
import { recordOne, toTensor } from "../record.ts";
import { broadcastShapes, formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type ConvGeometry, type ConvOptions, geometryOf, onnxGeometry, windowCounts } from "./conv-geometry.ts";

export function requireBytes(operation: string, ...operands: readonly Spec[]): void {
  for (const { dtype } of operands)
    if (dtype !== "int8" && dtype !== "uint8")
      throw new DTypeError(`${operation} needs int8 or uint8 numbers, got ${dtype}; quantize or cast them first`);
}

function requireZeroPoint(operation: string, x: Spec, zero: Spec, lengths: readonly number[]): void {
  if (zero.dtype !== x.dtype)
    throw new DTypeError(`${operation}: a zero point of ${zero.dtype} for numbers of ${x.dtype}`);
  const fits = zero.shape.length === 0 || (zero.shape.length === 1 && lengths.includes(zero.shape[0]));
  if (!fits)
    throw new ShapeError(
      `${operation}: a zero point of shape ${formatShape(zero.shape)} for ${formatShape(x.shape)}; ${lengths.length > 0 ? `a scalar or ${lengths[0]} values` : "a scalar"}`,
    );
}

/**
 * A first operand of int8 as uint8, 128 added to it and to its zero point: the same differences, and the product of int8 by
 * int8 ran 10 times slower than that of uint8 by int8.
 */
function unsigned(emit: Emitter, [x, zero]: readonly string[], { dtype }: Spec): [string, string] {
  if (dtype === "uint8") return [x, zero];
  const shift = (name: string) =>
    emit.cast(emit.one("Add", [emit.cast(name, "int32"), emit.scalar(128, "int32")]), "uint8");
  return [shift(x), shift(zero)];
}

const matmulPrimitive = definePrimitive<Record<string, never>>({
  name: "integerMatmul",
  differentiable: [],
  infer([a, b, zeroA, zeroB]) {
    requireBytes("integerMatmul", a, b);
    const inner = a.shape[a.shape.length - 1];
    if (a.shape.length < 2 || b.shape.length < 2 || inner !== b.shape[b.shape.length - 2])
      throw new ShapeError(
        `integerMatmul: ${formatShape(a.shape)} and ${formatShape(b.shape)} do not multiply; [..., m, k] by [..., k, n]`,
      );
    const columns = b.shape[b.shape.length - 1];
    requireZeroPoint("integerMatmul", a, zeroA, []);
    requireZeroPoint("integerMatmul", b, zeroB, b.shape.length === 2 ? [columns] : []);
    const batch = broadcastShapes("integerMatmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ shape: [...batch, a.shape[a.shape.length - 2], columns], dtype: "int32" }];
  },
  lower({ emit, names: [a, b, zeroA, zeroB], inputs, outputs: [y] }) {
    const inner = inputs[0].shape[inputs[0].shape.length - 1];
    if (inner === 0 || sizeOf(y.shape) === 0) return [emit.full(y.shape, 0, "int32")];
    const [left, zero] = unsigned(emit, [a, zeroA], inputs[0]);
    return [emit.one("MatMulInteger", [left, b, zero, zeroB])];
  },
  cost([a], [y]) {
    const macs = sizeOf(y.shape) * a.shape[a.shape.length - 1];
    return { macs, flops: 2 * macs };
  },
});

/** What stands for 0; 0 itself when absent. */
export interface IntegerMatmulOptions {
  /** A scalar of the dtype of a. */
  zeroA?: Tensor | number;
  /** A scalar of the dtype of b, or one for each of n columns of a matrix b. */
  zeroB?: Tensor | number;
}

/**
 * Product of quantized matrices in whole numbers: y = (a − zeroA)(b − zeroB), exact in int32 (ONNX's MatMulInteger). Scaled by
 * the product of both scales it is the float product of the dequantized operands.
 *
 * On x86 processors without VNNI the runtime's kernel for uint8 by int8 saturates sums of two products beyond ±32,767; there
 * keep one side within ±64, or let both be uint8. The constant weights of `quantizedLinear` and `quantizedConv` are exact
 * everywhere: natively they are read as uint8 there.
 *
 * @param a [..., m, k] int8 or uint8
 * @param b [..., k, n] int8 or uint8
 * @returns [..., m, n] int32
 */
export function integerMatmul(a: Tensor, b: Tensor, { zeroA = 0, zeroB = 0 }: IntegerMatmulOptions = {}): Tensor {
  requireBytes("integerMatmul", a, b);
  return recordOne(matmulPrimitive, [a, b, toTensor(zeroA, a.dtype), toTensor(zeroB, b.dtype)], {});
}

/** Shape of a convolution of whole numbers, [batch, out, ...positions]. */
export function convolvedShape(operation: string, x: Shape, weight: Shape, geometry: ConvGeometry): number[] {
  const { groups } = geometry;
  if (x.length < 3 || x.length !== weight.length || weight[1] * groups !== x[1] || weight[0] % groups !== 0)
    throw new ShapeError(
      `${operation}: weight ${formatShape(weight)} in ${groups} groups does not fit ${formatShape(x)}; [out, channels/groups, ...kernel] by [batch, channels, ...spatial]`,
    );
  return [x[0], weight[0], ...windowCounts(operation, x.slice(2), weight.slice(2), geometry)];
}

export const convolutionWork = (y: Shape, weight: Shape) => {
  const macs = sizeOf(y) * sizeOf(weight.slice(1));
  return { macs, flops: 2 * macs };
};

const convPrimitive = definePrimitive<ConvGeometry>({
  name: "integerConv",
  differentiable: [],
  infer([x, weight, zeroX, zeroWeight], geometry) {
    requireBytes("integerConv", x, weight);
    requireZeroPoint("integerConv", x, zeroX, []);
    requireZeroPoint("integerConv", weight, zeroWeight, []);
    return [{ shape: convolvedShape("integerConv", x.shape, weight.shape, geometry), dtype: "int32" }];
  },
  lower({ emit, names: [x, weight, zeroX, zeroWeight], inputs, outputs: [y], attributes }) {
    if (sizeOf(y.shape) === 0) return [emit.full(y.shape, 0, "int32")];
    const [left, zero] = unsigned(emit, [x, zeroX], inputs[0]);
    const window = onnxGeometry(attributes, inputs[1].shape.slice(2));
    return [emit.one("ConvInteger", [left, weight, zero, zeroWeight], window)];
  },
  cost: ([, weight], [y]) => convolutionWork(y.shape, weight.shape),
});

export interface IntegerConvOptions extends ConvOptions {
  /** What stands for 0 in x: a scalar of its dtype. */
  zeroX?: Tensor | number;
  /** What stands for 0 in the weight: a scalar of its dtype. */
  zeroWeight?: Tensor | number;
}

/**
 * Convolution of quantized numbers in whole numbers, exact in int32 (ONNX's ConvInteger); padding counts as the zero point.
 * Processors without VNNI: see `integerMatmul`.
 *
 * @param x      [batch, channels, ...spatial] int8 or uint8
 * @param weight [out, channels/groups, ...kernel] int8 or uint8
 * @returns      [batch, out, ...positions] int32
 */
export function integerConv(x: Tensor, weight: Tensor, options: IntegerConvOptions = {}): Tensor {
  requireBytes("integerConv", x, weight);
  const { zeroX = 0, zeroWeight = 0, ...window } = options;
  return recordOne(
    convPrimitive,
    [x, weight, toTensor(zeroX, x.dtype), toTensor(zeroWeight, weight.dtype)],
    geometryOf("integerConv", weight.shape.slice(2), window),
  );
}
