import { blockedConv, blockedInputGradient } from "#blocked";
import { forAll, joined, parted, withLeading } from "../batching.ts";
import { requireFloat, requireSameDType } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { definePrimitive, type Spec, type Work } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bytesOf } from "../work.ts";
import {
  type ConvGeometry,
  type ConvOptions,
  geometryOf,
  onnxGeometry,
  type PerAxis,
  perAxis,
  turnedGeometry,
  windowCounts,
} from "./conv-geometry.ts";
import { lowerWeightGradient, type WeightGradientAttributes } from "./conv-weight-gradient.ts";
import { repeat, reshape, transpose } from "./movement.ts";

function checkOperands(x: Spec, weight: Spec, groups: number): void {
  requireFloat("conv", x.dtype);
  requireSameDType("conv", x.dtype, weight.dtype);
  if (x.shape.length < 3 || x.shape.length !== weight.shape.length) {
    throw new ShapeError(
      `conv: x ${formatShape(x.shape)} is not [batch, channels, ...spatial] or weight ${formatShape(weight.shape)} not [out, channels/groups, ...kernel]`,
    );
  }
  const [out, perGroup] = weight.shape;
  if (perGroup * groups !== x.shape[1] || out % groups !== 0) {
    throw new ShapeError(
      `conv: weight ${formatShape(weight.shape)} in ${groups} groups does not fit the ${x.shape[1]} channels of ${formatShape(x.shape)}`,
    );
  }
}

/** What a convolution costs; both its sides are held once more in the runtime's blocked layout. */
const products = (x: Spec, y: Spec, weight: Shape): Work => {
  const macs = sizeOf(y.shape) * sizeOf(weight.slice(1));
  return { macs, flops: 2 * macs, scratch: bytesOf(x) + bytesOf(y) };
};

// The convolution is bilinear in x and w. It and its two transposes are closed under differentiation:
//   y = x ⋆ w        dx = inputGradient(g, w)        dw = weightGradient(x, g)

const convPrimitive = definePrimitive<ConvGeometry>({
  name: "conv",
  infer([x, weight], geometry) {
    checkOperands(x, weight, geometry.groups);
    const spatial = windowCounts("conv", x.shape.slice(2), weight.shape.slice(2), geometry);
    return [{ shape: [x.shape[0], weight.shape[0], ...spatial], dtype: x.dtype }];
  },
  vjp({ inputs: [x, weight], attributes }, [g]) {
    if (!g) return [undefined, undefined];
    return [inputGradient(g, weight, x.shape, attributes), weightGradient(x, g, weight.shape, attributes)];
  },
  lower: ({ emit, names: [x, weight], inputs: [xSpec, weightSpec], outputs: [{ shape }], attributes }) => [
    blockedConv(emit, [x, weight], [xSpec, weightSpec], attributes, shape) ??
      emit.one("Conv", [x, weight], onnxGeometry(attributes, weightSpec.shape.slice(2))),
  ],
  batch({ inputs: [x, weight], batched: [own, chosen], attributes, size, again }) {
    if (!chosen) return again([joined(x), weight], attributes).map((y) => parted(y, size));
    const all = own ? x : forAll(x, size);
    const groups = attributes.groups * size;
    return again([asChannels(all), joined(weight)], { ...attributes, groups }).map((y) => fromChannels(y, size));
  },
  cost: ([x, weight], [y]) => products(x, y, weight.shape),
});

/** Examples side by side as channels: [examples, batch, channels, …] → [batch, examples·channels, …]. */
function asChannels(x: Tensor): Tensor {
  const [size, batch, channels, ...spatial] = x.shape;
  return reshape(transpose(x, 0, 1), [batch, size * channels, ...spatial]);
}

/** The inverse of `asChannels`. */
function fromChannels(y: Tensor, size: number): Tensor {
  const [batch, channels, ...spatial] = y.shape;
  return transpose(reshape(y, [batch, size, channels / size, ...spatial]), 0, 1);
}

export interface InputGradientAttributes extends ConvGeometry {
  inputShape: Shape;
}

const inputGradientPrimitive = definePrimitive<InputGradientAttributes>({
  name: "convInputGradient",
  infer: ([g], { inputShape }) => [{ shape: inputShape, dtype: g.dtype }],
  vjp({ inputs: [g, weight], attributes }, [gx]) {
    if (!gx) return [undefined, undefined];
    return [recordOne(convPrimitive, [gx, weight], attributes), weightGradient(gx, g, weight.shape, attributes)];
  },
  batch({ inputs: [g, weight], batched: [own, chosen], attributes, size, again }) {
    const [batch, channels, ...spatial] = attributes.inputShape;
    if (!chosen)
      return again([joined(g), weight], { ...attributes, inputShape: [size * batch, channels, ...spatial] }).map((y) =>
        parted(y, size),
      );
    const wide = { groups: attributes.groups * size, inputShape: [batch, size * channels, ...spatial] };
    const all = own ? g : forAll(g, size);
    return again([asChannels(all), joined(weight)], { ...attributes, ...wide }).map((y) => fromChannels(y, size));
  },
  lower: ({ emit, names: [g, weight], inputs: [gSpec, weightSpec], attributes }) => [
    blockedInputGradient(emit, [g, weight], [gSpec, weightSpec], attributes) ??
      lowerInputGradient(emit, [g, weight], [gSpec, weightSpec], attributes),
  ],
  cost: ([g, weight], [x]) => products(x, g, weight.shape),
});

function lowerInputGradient(
  emit: Emitter,
  [g, weight]: readonly [string, string],
  [gSpec, weightSpec]: readonly [Spec, Spec],
  attributes: InputGradientAttributes,
): string {
  const { stride, before, after, dilation, groups, inputShape } = attributes;
  const kernel = weightSpec.shape.slice(2);
  const turned = turnedGeometry(attributes, kernel);
  if (turned) {
    // The convolution with the kernel turned round and its channel axes swapped.
    const swapped = swapChannels(emit, flipKernel(emit, weight, kernel), weightSpec.shape, groups);
    return emit.one("Conv", [g, swapped], onnxGeometry(turned, kernel));
  }
  const spatial = gSpec.shape.slice(2);
  const rest = kernel.map(
    (k, i) => inputShape[i + 2] - ((spatial[i] - 1) * stride[i] + dilation[i] * (k - 1) + 1 - before[i] - after[i]),
  );
  const { kernel_shape, strides, pads, dilations, group } = onnxGeometry(attributes, kernel);
  return emit.one("ConvTranspose", [g, weight], {
    kernel_shape,
    strides,
    pads,
    dilations,
    group,
    output_padding: { ints: rest },
  });
}

function flipKernel(emit: Emitter, weight: string, kernel: Shape): string {
  const axes = kernel.flatMap((k, i) => (k > 1 ? [i + 2] : []));
  if (axes.length === 0) return weight;
  const list = [axes.map(() => -1), axes.map(() => Number.MIN_SAFE_INTEGER), axes, axes.map(() => -1)];
  return emit.one("Slice", [weight, ...list.map((values) => emit.int64(values))]);
}

/** [out, in/groups, ...kernel] → [in, out/groups, ...kernel]. */
function swapChannels(emit: Emitter, weight: string, shape: Shape, groups: number): string {
  const [out, perGroup, ...kernel] = shape;
  const axes = kernel.map((_, i) => i);
  if (groups === 1) return emit.one("Transpose", [weight], { perm: { ints: [1, 0, ...axes.map((i) => i + 2)] } });
  if (perGroup === 1 && out === groups) return weight;
  const split = emit.reshape(weight, [groups, out / groups, perGroup, ...kernel]);
  const swapped = emit.one("Transpose", [split], { perm: { ints: [0, 2, 1, ...axes.map((i) => i + 3)] } });
  return emit.reshape(swapped, [groups * perGroup, out / groups, ...kernel]);
}

const weightGradientPrimitive = definePrimitive<WeightGradientAttributes>({
  name: "convWeightGradient",
  infer: ([x], { weightShape }) => [{ shape: weightShape, dtype: x.dtype }],
  vjp({ inputs: [x, g], attributes }, [gw]) {
    if (!gw) return [undefined, undefined];
    return [inputGradient(g, gw, x.shape, attributes), recordOne(convPrimitive, [x, gw], attributes)];
  },
  batch(context) {
    const { attributes, size, again } = context;
    const [out, ...rest] = attributes.weightShape;
    const wide = { groups: attributes.groups * size, weightShape: [size * out, ...rest] };
    return again(withLeading(context).map(asChannels), { ...attributes, ...wide }).map((y) => parted(y, size));
  },
  lower: lowerWeightGradient,
  // One side is held padded and in rows, the other once for each position along a row of the kernel.
  cost: ([x, g], _, { weightShape }) => {
    const copies = weightShape.at(-1) as number;
    return { ...products(x, g, weightShape), scratch: 2 * bytesOf(x) + copies * bytesOf(g) };
  },
});

const inputGradient = (
  g: Tensor,
  weight: Tensor,
  inputShape: Shape,
  { stride, before, after, dilation, groups }: ConvGeometry,
): Tensor => recordOne(inputGradientPrimitive, [g, weight], { stride, before, after, dilation, groups, inputShape });
const weightGradient = (
  x: Tensor,
  g: Tensor,
  weightShape: Shape,
  { stride, before, after, dilation, groups }: ConvGeometry,
): Tensor => recordOne(weightGradientPrimitive, [x, g], { stride, before, after, dilation, groups, weightShape });

/**
 * Convolution over one, two or three spatial axes (a cross-correlation, as everywhere in the field).
 *
 * @param x      [batch, channels, ...spatial]
 * @param weight [out, channels/groups, ...kernel]
 * @returns      [batch, out, ...positions]
 * @throws ShapeError if the channels do not fit the groups, or the kernel not the input
 */
export function conv(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const geometry = geometryOf("conv", weight.shape.slice(2), options);
  const [out, perGroup] = weight.shape;
  const { groups } = geometry;
  const outputsAChannel = out / groups;
  // As a depthwise convolution of repeated channels, which the runtime's blocked form takes: a tenth of the time of one in groups.
  if (perGroup === 1 && groups > 1 && x.shape[1] === groups && outputsAChannel > 1 && Number.isInteger(outputsAChannel))
    return recordOne(convPrimitive, [repeat(x, outputsAChannel, 1), weight], { ...geometry, groups: out });
  return recordOne(convPrimitive, [x, weight], geometry);
}

export interface ConvTransposeOptions extends ConvOptions {
  /** Extra length at the end of each axis, where the stride leaves the size open. */
  outputPadding?: PerAxis;
}

/**
 * Transposed convolution: the gradient of `conv` with respect to its input, used to enlarge.
 *
 * @param x      [batch, channels, ...positions]
 * @param weight [channels, out/groups, ...kernel]
 * @returns      [batch, out, ...(positions − 1)·stride − 2·padding + dilation·(kernel − 1) + 1 + outputPadding]
 */
export function convTranspose(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const kernel = weight.shape.slice(2);
  const geometry = geometryOf("convTranspose", kernel, options);
  const { stride, before, after, dilation, groups } = geometry;
  const extra = perAxis("convTranspose: outputPadding", options.outputPadding ?? 0, kernel.length, 0);
  if (x.shape.length !== weight.shape.length || x.shape[1] !== weight.shape[0] || weight.shape[0] % groups !== 0) {
    throw new ShapeError(
      `convTranspose: weight ${formatShape(weight.shape)} in ${groups} groups does not fit ${formatShape(x.shape)}`,
    );
  }
  if (extra.some((n, i) => n >= stride[i])) {
    throw new DomainError(
      `convTranspose: outputPadding ${formatShape(extra)} must be below the stride ${formatShape(stride)}`,
    );
  }
  requireFloat("convTranspose", x.dtype);
  const spatial = kernel.map(
    (k, i) => (x.shape[i + 2] - 1) * stride[i] - before[i] - after[i] + dilation[i] * (k - 1) + 1 + extra[i],
  );
  if (spatial.some((n) => n < 1)) {
    throw new ShapeError(
      `convTranspose: padding ${formatShape(before)}, ${formatShape(after)} leaves ${formatShape(spatial)} of ${formatShape(x.shape)}`,
    );
  }
  return inputGradient(x, weight, [x.shape[0], weight.shape[1] * groups, ...spatial], geometry);
}
