import { forAll, joined, parted, withLeading } from "../batching.ts";
import { requireFloat, requireSameDType } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { definePrimitive, type Spec, type Work } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bytesOf } from "../work.ts";
import { fitsBlocks, lowerBlockedConv } from "./blocked-conv.ts";
import { lowerBlockedPhases } from "./blocked-phases.ts";
import { blockedTurnedWeights, blockedWeights } from "./blocked-weights.ts";
import { lowerWeightGradient, type WeightGradientAttributes } from "./conv-weight-gradient.ts";
import { examplesAsChannels, together } from "./examples-as-channels.ts";
import { planeGeometry, planeShape, planeSpec } from "./line-as-plane.ts";
import { repeat, reshape, transpose } from "./movement.ts";

/** A number for every spatial axis, or one a axis. */
export type PerAxis = number | readonly number[];

export interface ConvOptions {
  stride?: PerAxis;
  /** Zeros on both sides; "same" keeps the length at stride 1; pairs give [before, after] of each axis. */
  padding?: PerAxis | "same" | "valid" | readonly (readonly [number, number])[];
  dilation?: PerAxis;
  /** Channels are split into this many groups that do not mix; as many as channels is a depthwise convolution. */
  groups?: number;
}

/** A convolution's geometry with everything spelled out, one entry a spatial axis. */
export interface ConvGeometry {
  stride: readonly number[];
  before: readonly number[];
  after: readonly number[];
  dilation: readonly number[];
  groups: number;
}

export function perAxis(name: string, value: PerAxis, axes: number, least: number): number[] {
  const list = typeof value === "number" ? Array.from({ length: axes }, () => value) : [...value];
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new DomainError(
      `${name} must be a whole number of at least ${least}, or one for each of the ${axes} spatial axes; got ${JSON.stringify(value)}`,
    );
  }
  return list;
}

/** Padding of each spatial axis. */
export function paddingOf(
  name: string,
  padding: ConvOptions["padding"],
  kernel: Shape,
  dilation: readonly number[],
): Pick<ConvGeometry, "before" | "after"> {
  const axes = kernel.length;
  if (padding === "same") {
    const total = kernel.map((k, i) => dilation[i] * (k - 1));
    return { before: total.map((n) => Math.floor(n / 2)), after: total.map((n) => Math.ceil(n / 2)) };
  }
  if (Array.isArray(padding) && padding.some(Array.isArray)) {
    const pairs = padding as readonly (readonly [number, number])[];
    return {
      before: perAxis(
        name,
        pairs.map(([b]) => b),
        axes,
        0,
      ),
      after: perAxis(
        name,
        pairs.map(([, a]) => a),
        axes,
        0,
      ),
    };
  }
  const both = perAxis(name, padding === "valid" || padding === undefined ? 0 : (padding as PerAxis), axes, 0);
  return { before: both, after: both };
}

export function geometryOf(
  name: string,
  kernel: Shape,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions,
): ConvGeometry {
  const spread = perAxis(`${name}: dilation`, dilation, kernel.length, 1);
  if (!Number.isInteger(groups) || groups < 1)
    throw new DomainError(`${name}: groups must be a whole number of at least 1, got ${groups}`);
  return {
    stride: perAxis(`${name}: stride`, stride, kernel.length, 1),
    ...paddingOf(`${name}: padding`, padding, kernel, spread),
    dilation: spread,
    groups,
  };
}

/** Lengths of the output: ⌊(n + padding − dilation·(k − 1) − 1) / stride⌋ + 1. */
export function windowCounts(
  name: string,
  lengths: Shape,
  kernel: Shape,
  { stride, before, after, dilation }: Omit<ConvGeometry, "groups">,
): number[] {
  return lengths.map((n, i) => {
    const room = n + before[i] + after[i] - dilation[i] * (kernel[i] - 1) - 1;
    if (room < 0) {
      throw new ShapeError(
        `${name}: a kernel of ${formatShape(kernel)} (dilation ${formatShape(dilation)}) does not fit into ${formatShape(lengths)} with padding ${formatShape(before)}, ${formatShape(after)}`,
      );
    }
    return Math.floor(room / stride[i]) + 1;
  });
}

/** Attributes of ONNX's operators over windows. */
export const onnxGeometry = ({ stride, before, after, dilation, groups }: ConvGeometry, kernel: Shape) => ({
  strides: { ints: stride },
  pads: { ints: [...before, ...after] },
  dilations: { ints: dilation },
  group: { int: groups },
  kernel_shape: { ints: kernel },
});

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
    emitConv(emit, [x, weight], [xSpec, weightSpec], attributes, shape),
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

/** @param shape of the result */
function emitConv(
  emit: Emitter,
  names: readonly [string, string],
  specs: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string {
  const wide = examplesAsChannels(emit, names, specs, geometry);
  if (wide) return emit.reshape(emitConv(emit, wide.names, wide.specs, wide.geometry, together(shape)), shape);
  const planes = [planeSpec(specs[0]), planeSpec(specs[1])] as const;
  if (!fitsBlocks(emit, ...planes, geometry))
    return emit.one("Conv", names, onnxGeometry(geometry, specs[1].shape.slice(2)));
  const weights = blockedWeights(emit, names[1], planes[1].shape);
  return emitBlocked(emit, [names[0], weights], planes, geometry, shape);
}

/** @param planes of operands that `fitsBlocks` @param shape of the result */
function emitBlocked(
  emit: Emitter,
  [x, weights]: readonly [string, string],
  planes: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string {
  if (shape.length === 4) return lowerBlockedConv(emit, [x, weights], planes, geometry, shape);
  const plane = emit.reshape(x, planes[0].shape);
  return emit.reshape(
    lowerBlockedConv(emit, [plane, weights], planes, planeGeometry(geometry), planeShape(shape)),
    shape,
  );
}

interface InputGradientAttributes extends ConvGeometry {
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
  lower({ emit, names: [g, weight], inputs: [gSpec, weightSpec], attributes }) {
    const { inputShape } = attributes;
    const wide = examplesAsChannels(emit, [g, weight], [gSpec, weightSpec], attributes);
    if (!wide) return [lowerInputGradient(emit, [g, weight], [gSpec, weightSpec], attributes)];
    const joined = { ...wide.geometry, inputShape: together(inputShape) };
    return [emit.reshape(lowerInputGradient(emit, wide.names, wide.specs, joined), inputShape)];
  },
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
  const reach = kernel.map((k, i) => dilation[i] * (k - 1));
  const fits = before.every((b, i) => b <= reach[i] && after[i] <= reach[i]);
  if (stride.every((s) => s === 1) && fits) {
    // At stride 1 it is the convolution with the kernel turned round and its channel axes swapped.
    const geometry = {
      stride,
      before: reach.map((r, i) => r - before[i]),
      after: reach.map((r, i) => r - after[i]),
      dilation,
      groups,
    };
    const [out, perGroup] = weightSpec.shape;
    const turnedSpec = { shape: [perGroup * groups, out / groups, ...kernel], dtype: weightSpec.dtype };
    const planes = [planeSpec(gSpec), planeSpec(turnedSpec)] as const;
    if (!fitsBlocks(emit, ...planes, geometry) || out < emit.block) {
      const turned = swapChannels(emit, flipKernel(emit, weight, kernel), weightSpec.shape, groups);
      return emit.one("Conv", [g, turned], onnxGeometry(geometry, kernel));
    }
    const [, , ...sides] = planes[1].shape;
    const taps = Array.from({ length: sizeOf(kernel) }, (_, i) => sizeOf(kernel) - 1 - i);
    const turned = blockedTurnedWeights(emit, weight, weightSpec.shape, groups, taps, sides);
    return emitBlocked(emit, [g, turned], planes, geometry, inputShape);
  }
  const phases = lowerBlockedPhases(emit, [g, weight], [gSpec, weightSpec], attributes, inputShape);
  if (phases !== undefined) return phases;
  const spatial = gSpec.shape.slice(2);
  const rest = kernel.map(
    (_, i) => inputShape[i + 2] - ((spatial[i] - 1) * stride[i] + reach[i] + 1 - before[i] - after[i]),
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
