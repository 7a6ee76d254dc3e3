import { blockedWeightGradient } from "#blocked";
import type { Emitter } from "../onnx/emitter.ts";
import type { LowerContext, Spec } from "../primitive.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { ConvGeometry } from "./conv-geometry.ts";
import { leadingSum } from "./leading-sum.ts";

export interface WeightGradientAttributes extends ConvGeometry {
  weightShape: Shape;
}

/** All positions of a kernel, row-major. */
export function kernelOffsets(kernel: Shape): number[][] {
  return kernel.reduce<number[][]>(
    (offsets, k) => offsets.flatMap((offset) => Array.from({ length: k }, (_, i) => [...offset, i])),
    [[]],
  );
}

/** Rows of this length and more are read whole: the columns a window leaves out cost less than cutting it out. */
const longRow = 24;

/**
 * dw from x and the output's gradient g. In blocks where the runtime has them; otherwise one batched product a kernel offset,
 * dw[:, :, offset] = Σ_n g_n · x_n(shifted)ᵀ, two to four times as fast as a convolution with the axes swapped.
 */
export function lowerWeightGradient(context: LowerContext<WeightGradientAttributes>): string[] {
  const { emit, inputs, attributes } = context;
  const [xSpec, gSpec] = inputs;
  const { stride, dilation, weightShape } = attributes;
  const [out, perGroup, ...kernel] = weightShape;
  const blocked = blockedWeightGradient(context);
  if (blocked !== undefined) return [blocked];
  const depthwise = perGroup === 1 && out === xSpec.shape[1];
  if (depthwise) return [joinOffsets(emit, depthwiseOffsets(context), weightShape)];
  const rowwise = emit.block > 0 && kernel.length === 2 && gSpec.shape[3] >= longRow && xSpec.dtype === "float32";
  const dense = rowwise && [...stride, ...dilation].every((n) => n === 1) && sizeOf(kernel) > 1;
  return [joinOffsets(emit, dense ? rowOffsets(context) : windowOffsets(context), weightShape)];
}

/** Gradients of the kernel's offsets, each [out, in/groups], as one weight. */
function joinOffsets(emit: Emitter, parts: readonly string[], [out, perGroup, ...kernel]: Shape): string {
  const columns = parts.map((part) => emit.reshape(part, [out, perGroup, 1]));
  const joined = columns.length === 1 ? columns[0] : emit.one("Concat", columns, { axis: { int: 2 } });
  return emit.reshape(joined, [out, perGroup, ...kernel]);
}

/** Σ_n a_n b_nᵀ of `shape` [N, groups, rows, columns], for a [N, groups, rows, positions] and b [N, groups, columns, positions]. */
function sumOfProducts(emit: Emitter, a: string, b: string, { shape, dtype }: Spec): string {
  const product =
    emit.transposing && dtype === "float32"
      ? emit.one("FusedMatMul", [a, b], { transB: { int: 1 } }, "com.microsoft")
      : emit.one("MatMul", [a, emit.one("Transpose", [b], { perm: { ints: [0, 1, 3, 2] } })]);
  return shape[0] === 1 ? product : leadingSum(emit, product, shape, 1, dtype);
}

const padded = (emit: Emitter, name: string, before: Shape, after: Shape, { dtype }: Spec): string =>
  [...before, ...after].every((n) => n === 0)
    ? name
    : emit.one("Pad", [name, emit.int64([0, 0, ...before, 0, 0, ...after]), emit.scalar(0, dtype)]);

/** The window of x that each kernel offset reads. */
function windows({ emit, names: [x], inputs: [xSpec, gSpec], attributes }: LowerContext<WeightGradientAttributes>) {
  const { stride, before, after, dilation, weightShape } = attributes;
  const kernel = weightShape.slice(2);
  const spatial = gSpec.shape.slice(2);
  const axes = kernel.map((_, i) => i + 2);
  const whole = padded(emit, x, before, after, xSpec);
  const same = sizeOf(kernel) === 1 && spatial.every((n, i) => n === xSpec.shape[i + 2] + before[i] + after[i]);
  return kernelOffsets(kernel).map((offset) => {
    const starts = offset.map((o, i) => o * dilation[i]);
    const ends = starts.map((s, i) => s + (spatial[i] - 1) * stride[i] + 1);
    return same
      ? whole
      : emit.one("Slice", [whole, ...[starts, ends, axes, stride].map((values) => emit.int64(values))]);
  });
}

function windowOffsets(context: LowerContext<WeightGradientAttributes>): string[] {
  const { emit, names, inputs, attributes } = context;
  const { groups, weightShape } = attributes;
  const [out, perGroup] = weightShape;
  const [xSpec, gSpec] = inputs;
  const [batch, , ...spatial] = gSpec.shape;
  const product = { shape: [batch, groups, out / groups, perGroup], dtype: xSpec.dtype };
  const rows = emit.reshape(names[1], [batch, groups, out / groups, sizeOf(spatial)]);
  return windows(context).map((window) => {
    const columns = emit.reshape(window, [batch, groups, perGroup, sizeOf(spatial)]);
    return sumOfProducts(emit, rows, columns, product);
  });
}

/** Depthwise a product is a single dot product: a multiplication and a sum. */
function depthwiseOffsets(context: LowerContext<WeightGradientAttributes>): string[] {
  const { emit, names, inputs } = context;
  const [xSpec] = inputs;
  const axes = xSpec.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  return windows(context).map((window) =>
    emit.reduce("ReduceSum", emit.one("Mul", [window, names[1]]), axes, false, xSpec.dtype),
  );
}

/** At stride 1, whole rows of the padded x against g moved along its rows: the runtime gathers rows on all threads, and cuts windows on one. */
function rowOffsets({
  emit,
  names: [x, g],
  inputs: [xSpec, gSpec],
  attributes,
}: LowerContext<WeightGradientAttributes>): string[] {
  const { before, after, groups, weightShape } = attributes;
  const [out, perGroup, height, width] = weightShape;
  const [batch, , lines, length] = gSpec.shape;
  const whole = padded(emit, x, before, after, xSpec);
  const pitch = length + width - 1;
  const product = { shape: [batch, groups, out / groups, perGroup], dtype: xSpec.dtype };
  const moved = Array.from({ length: width }, (_, i) =>
    emit.reshape(padded(emit, g, [0, i], [0, width - 1 - i], gSpec), [batch, groups, out / groups, lines * pitch]),
  );
  return Array.from({ length: height }, (_, i) => {
    const indices = emit.int64(Array.from({ length: lines }, (_, line) => i + line));
    const rows = emit.one("Gather", [whole, indices], { axis: { int: 2 } });
    return emit.reshape(rows, [batch, groups, perGroup, lines * pitch]);
  }).flatMap((rows) => moved.map((shifted) => sumOfProducts(emit, shifted, rows, product)));
}
