import { DomainError, DTypeError, ShapeError } from "../errors.ts";
import type { Emitter } from "../onnx/emitter.ts";
import type { OnnxAttribute } from "../onnx/model.ts";
import { definePrimitive, type LowerContext, type Spec } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type ConvGeometry, type ConvOptions, geometryOf, onnxGeometry } from "./conv-geometry.ts";
import { convolutionWork, convolvedShape } from "./integer-product.ts";
import { reshape } from "./movement.ts";
import type { Quantization } from "./quantize.ts";

let nextWeights = 0;

/**
 * Constant int8 weights with zero point 0, written into the program itself so that the runtime packs them once.
 *
 * @param values row-major
 * @param shape  [out, in] for a linear layer, [out, channels/groups, ...kernel] for a convolution
 * @param scale  one, or one for each output channel
 */
export class QuantizedWeights {
  readonly values: Int8Array;
  readonly shape: Shape;
  readonly scale: Float32Array;
  readonly #id = nextWeights++;

  constructor(values: Int8Array, shape: Shape, scale: number | ArrayLike<number>) {
    checkShape("QuantizedWeights", shape);
    const scales = typeof scale === "number" ? Float32Array.of(scale) : Float32Array.from(scale);
    if (sizeOf(shape) !== values.length || shape.length < 2)
      throw new ShapeError(`QuantizedWeights: ${values.length} values for the shape ${formatShape(shape)}`);
    if (scales.length !== 1 && scales.length !== shape[0])
      throw new ShapeError(`QuantizedWeights: ${scales.length} scales for ${shape[0]} output channels`);
    const wrong = scales.find((s) => !(s > 0) || !Number.isFinite(s));
    if (wrong !== undefined) throw new DomainError(`QuantizedWeights: a scale must be positive, got ${wrong}`);
    this.values = values;
    this.shape = [...shape];
    this.scale = scales;
  }

  /** Rounded floats: the largest magnitude of each output channel (or of all) becomes 127. */
  static from(
    values: ArrayLike<number>,
    shape: Shape,
    { perChannel = true }: { perChannel?: boolean } = {},
  ): QuantizedWeights {
    const rows = perChannel ? shape[0] : 1;
    const each = values.length / rows;
    const scale = Float32Array.from({ length: rows }, (_, row) => {
      let largest = 0;
      for (let i = row * each; i < (row + 1) * each; i++) largest = Math.max(largest, Math.abs(values[i]));
      return largest / 127 || 1;
    });
    const whole = Int8Array.from(values, (value, i) => Math.round(value / scale[Math.floor(i / each)]));
    return new QuantizedWeights(whole, shape, scale);
  }

  /** Stands for the values wherever attributes are compared as text. */
  toJSON(): string {
    return `weights ${this.#id}`;
  }
}

export interface QuantizedLayerOptions {
  /** What x stands for. */
  input: Quantization;
  /** What the result stands for. */
  output: Quantization;
  /** In floats, one an output channel. */
  bias?: ArrayLike<number>;
  /** Negative values become 0: free where the output's zero point is 0, one more operation elsewhere. */
  relu?: boolean;
}

interface Layer {
  weight: QuantizedWeights;
  input: Quantization;
  output: Quantization;
  /** In units of input scale times weight scale. */
  bias?: number[];
  relu: boolean;
}

function layerOf(name: string, weight: QuantizedWeights, options: QuantizedLayerOptions): Layer {
  const { input, output, bias, relu = false } = options;
  for (const { scale, zeroPoint } of [input, output])
    if (!(scale > 0) || !Number.isInteger(zeroPoint) || zeroPoint < 0 || zeroPoint > 255)
      throw new DomainError(
        `${name}: a quantization needs a positive scale and a zero point of 0 … 255, got ${scale} and ${zeroPoint}`,
      );
  if (bias && bias.length !== weight.shape[0])
    throw new ShapeError(`${name}: ${bias.length} biases for ${weight.shape[0]} output channels`);
  const { scale } = weight;
  const whole =
    bias && Array.from(bias, (b, i) => Math.round(b / (Math.fround(input.scale) * scale[scale.length === 1 ? 0 : i])));
  return { weight, input, output, relu, ...(whole && { bias: whole }) };
}

function requireUint8(name: string, { dtype }: Spec): void {
  if (dtype !== "uint8")
    throw new DTypeError(`${name} takes activations of uint8, got ${dtype}; quantize them to uint8`);
}

/** The constants of a layer by name, in the order of ONNX's quantized operators. */
function constantsOf(emit: Emitter, { weight, input, output, bias }: Layer, shape: Shape) {
  const { scope } = emit;
  const channels = weight.scale.length;
  const perChannel = channels === 1 ? [] : [channels];
  return {
    scaleX: emit.scalar(input.scale, "float32"),
    zeroX: emit.scalar(input.zeroPoint, "uint8"),
    weight: scope.initializer(weight.values, shape, "int8"),
    scaleWeight: scope.initializer(weight.scale, perChannel, "float32"),
    zeroWeight: scope.initializer(new Int8Array(channels), perChannel, "int8"),
    scaleY: emit.scalar(output.scale, "float32"),
    zeroY: emit.scalar(output.zeroPoint, "uint8"),
    bias: bias ? [scope.initializer(Int32Array.from(bias), [bias.length], "int32")] : [],
  };
}

/** Below the zero point there is only the negative: unsigned results are cut off there already when it is 0. */
const rectified = (emit: Emitter, y: string, { relu, output }: Layer): string =>
  relu && output.zeroPoint > 0 ? emit.one("Max", [y, emit.scalar(output.zeroPoint, "uint8")]) : y;

function lowerConv(
  { emit, names, outputs: [y] }: LowerContext<unknown>,
  layer: Layer,
  shape: Shape,
  window: Record<string, OnnxAttribute>,
): string {
  if (sizeOf(y.shape) === 0) return emit.full(y.shape, 0, "uint8");
  const c = constantsOf(emit, layer, shape);
  const inputs = [names[0], c.scaleX, c.zeroX, c.weight, c.scaleWeight, c.zeroWeight, c.scaleY, c.zeroY, ...c.bias];
  return rectified(emit, emit.one("QLinearConv", inputs, window), layer);
}

const linearPrimitive = definePrimitive<Layer>({
  name: "quantizedLinear",
  differentiable: [],
  infer([x], { weight }) {
    requireUint8("quantizedLinear", x);
    if (weight.shape.length !== 2 || x.shape[x.shape.length - 1] !== weight.shape[1])
      throw new ShapeError(
        `quantizedLinear: weights ${formatShape(weight.shape)} do not fit ${formatShape(x.shape)}; [out, in] by [..., in]`,
      );
    return [{ shape: [...x.shape.slice(0, -1), weight.shape[0]], dtype: "uint8" }];
  },
  lower(context) {
    const { emit, names, inputs, outputs, attributes: layer } = context;
    const [[rows, width], out] = [inputs[0].shape, layer.weight.shape[0]];
    if (sizeOf(outputs[0].shape) === 0) return [emit.full(outputs[0].shape, 0, "uint8")];
    if (emit.standard) {
      // The standard's quantized product takes no bias; a convolution with a kernel of 1 does.
      const x = emit.reshape(names[0], [rows, width, 1]);
      const window = { kernel_shape: { ints: [1] } };
      const y = lowerConv({ ...context, names: [x] }, layer, [out, width, 1], window);
      return [emit.reshape(y, outputs[0].shape)];
    }
    const c = constantsOf(emit, layer, layer.weight.shape);
    const operands = [names[0], c.scaleX, c.zeroX, c.weight, c.scaleWeight, c.zeroWeight];
    const y = emit.one(
      "QGemm",
      [...operands, c.bias[0] ?? "", c.scaleY, c.zeroY],
      { transB: { int: 1 } },
      "com.microsoft",
    );
    return [rectified(emit, y, layer)];
  },
  cost([x], _, { weight }) {
    const macs = (sizeOf(x.shape) / Math.max(weight.shape[1], 1)) * sizeOf(weight.shape);
    return { macs, flops: 2 * macs };
  },
});

/**
 * A linear layer from quantized numbers to quantized numbers, in one operator:
 *
 *   y = clamp(round((Σ (x − zero)·w + bias)·inputScale·weightScale/outputScale) + outputZero)
 *
 * @param x      [..., in] uint8
 * @param weight constant, [out, in]
 * @returns      [..., out] uint8
 */
export function quantizedLinear(x: Tensor, weight: QuantizedWeights, options: QuantizedLayerOptions): Tensor {
  const layer = layerOf("quantizedLinear", weight, options);
  const width = x.shape[x.shape.length - 1];
  // Refuses wrong shapes under the shape the caller gave.
  const [spec] = linearPrimitive.infer([x], layer);
  const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), width]);
  return reshape(recordOne(linearPrimitive, [rows], layer), spec.shape);
}

const convPrimitive = definePrimitive<{ layer: Layer; geometry: ConvGeometry }>({
  name: "quantizedConv",
  differentiable: [],
  infer([x], { layer, geometry }) {
    requireUint8("quantizedConv", x);
    return [{ shape: convolvedShape("quantizedConv", x.shape, layer.weight.shape, geometry), dtype: "uint8" }];
  },
  lower(context) {
    const { layer, geometry } = context.attributes;
    const { shape } = layer.weight;
    return [lowerConv(context, layer, shape, onnxGeometry(geometry, shape.slice(2)))];
  },
  cost: (_, [y], { layer }) => convolutionWork(y.shape, layer.weight.shape),
});

/**
 * A convolution from quantized numbers to quantized numbers, in one operator (ONNX's QLinearConv); the equation is that of
 * `quantizedLinear`, and padding counts as the zero point.
 *
 * @param x      [batch, channels, ...spatial] uint8
 * @param weight constant, [out, channels/groups, ...kernel]
 * @returns      [batch, out, ...positions] uint8
 */
export function quantizedConv(
  x: Tensor,
  weight: QuantizedWeights,
  { input, output, bias, relu, ...window }: QuantizedLayerOptions & ConvOptions,
): Tensor {
  const layer = layerOf("quantizedConv", weight, { input, output, bias, relu });
  return recordOne(convPrimitive, [x], { layer, geometry: geometryOf("quantizedConv", weight.shape.slice(2), window) });
}
