import type { Emitter } from "../onnx/emitter.ts";
import type { Spec } from "../primitive.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { convDomain, fromBlocks, reorderInput, reorderOutput, toBlocks } from "./blocked-order.ts";
import { type ConvGeometry, onnxGeometry } from "./conv.ts";
import { leadingSum } from "./leading-sum.ts";

/*
 * Convolutions in the runtime's blocked layout [N, C/b, H, W, b], where b channels fill a vector register: a third faster
 * than the plain operator on wide layers, twice on depthwise ones, the change of layout included. The runtime takes this form
 * by itself only for constant weights, so never in a training step.
 */

export const isDepthwise = (x: Spec, weight: Spec, groups: number): boolean =>
  weight.shape[1] === 1 && groups === x.shape[1] && groups === weight.shape[0];

/** Whether the blocked form serves: whole blocks of channels, two spatial axes, more than a product in each position. */
export function fitsBlocks({ block }: Emitter, x: Spec, weight: Spec, groups: number): boolean {
  if (block === 0 || x.dtype !== "float32" || x.shape.length !== 4) return false;
  const [out, perGroup, ...kernel] = weight.shape;
  if (sizeOf(kernel) === 1 || sizeOf(x.shape) === 0 || out % block !== 0 || x.shape[1] % block !== 0) return false;
  return groups === 1 || isDepthwise(x, weight, groups) || (perGroup % block === 0 && (out / groups) % block === 0);
}

/** Weights as the blocked operator reads them. */
export function reorderWeight(emit: Emitter, name: string, shape: Shape, depthwise: boolean): string {
  const [out, perGroup, ...kernel] = shape;
  const { block } = emit;
  const [parts, order] = depthwise
    ? [
        [out / block, block, ...kernel],
        [0, 2, 3, 1],
      ]
    : [
        [out / block, block, perGroup / block, block, ...kernel],
        [0, 2, 4, 5, 3, 1],
      ];
  const split = emit.reshape(name, parts);
  return emit.reshape(emit.one("Transpose", [split], { perm: { ints: order } }), shape);
}

/** The convolution of operands that `fitsBlocks`, from plain layout to plain layout. @param shape of the result */
export function lowerBlockedConv(
  emit: Emitter,
  [x, weight]: readonly [string, string],
  [xSpec, weightSpec]: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string {
  const weights = reorderWeight(emit, weight, weightSpec.shape, isDepthwise(xSpec, weightSpec, geometry.groups));
  const inputs = [toBlocks(emit, x, xSpec.shape), weights];
  const attributes = onnxGeometry(geometry, weightSpec.shape.slice(2));
  const y = emit.one("Conv", inputs, attributes, convDomain);
  if (weightSpec.shape[0] === emit.block) emit.noteConvolution(y, { inputs, attributes, shape });
  return fromBlocks(emit, y, shape);
}

/** Whether `lowerBlockedGradient` serves: the examples are its channels, and x's channels its examples. */
export function fitsBlockedGradient({ block }: Emitter, x: Spec, weight: Spec, groups: number): boolean {
  if (block === 0 || x.dtype !== "float32" || x.shape.length !== 4 || groups !== 1 || sizeOf(x.shape) === 0)
    return false;
  const [out, channels, ...kernel] = weight.shape;
  if (sizeOf(kernel) === 1 || out % block !== 0 || x.shape[0] % block !== 0) return false;
  // With one block of outputs the operator waits for its operands, unless there are few channels to run over.
  return out >= 2 * block || channels < block / 2;
}

interface GradientPlan {
  geometry: ConvGeometry;
  /** Positions that come out: the kernel's own and, where the stride left a rest, some behind them. */
  positions: number[];
}

/** A weight gradient as a convolution of x with g as the kernel: stride and dilation change places. */
function gradientPlan(
  lengths: Shape,
  spatial: Shape,
  kernel: Shape,
  { stride, before, after, dilation }: ConvGeometry,
  groups: number,
): GradientPlan {
  const rest = lengths.map(
    (n, i) => n + before[i] + after[i] - ((spatial[i] - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1),
  );
  const trimmed = after.map((n, i) => Math.max(0, n - rest[i]));
  const positions = lengths.map(
    (n, i) => Math.floor((n + before[i] + trimmed[i] - ((spatial[i] - 1) * stride[i] + 1)) / dilation[i]) + 1,
  );
  return { geometry: { stride: dilation, before, after: trimmed, dilation: stride, groups }, positions };
}

/** The kernel's own positions, of the last axes. */
function ownPositions(emit: Emitter, name: string, positions: Shape, kernel: Shape): string {
  if (positions.every((n, i) => n === kernel[i])) return name;
  const axes = kernel.map((_, i) => i - kernel.length);
  return emit.one("Slice", [name, ...[kernel.map(() => 0), [...kernel], axes].map((values) => emit.int64(values))]);
}

/**
 * The weight gradient of a dense convolution, dw[o, c] = Σ_n x[n, c] ⋆ g[n, o]: examples take the place of channels and
 * channels that of examples.
 */
export function lowerBlockedGradient(
  emit: Emitter,
  [x, g]: readonly [string, string],
  [xSpec, gSpec]: readonly [Spec, Spec],
  [out, , ...kernel]: Shape,
  geometry: ConvGeometry,
): string {
  const { block } = emit;
  const [batch, , ...lengths] = xSpec.shape;
  const spatial = gSpec.shape.slice(2);
  const plan = gradientPlan(lengths, spatial, kernel, geometry, 1);
  const swap = { perm: { ints: [1, 0, 2, 3] } };
  const examples = reorderInput(emit, emit.one("Transpose", [x], swap));
  // [o, n/b, positions, b of n] → [o/b, n/b, positions, b of n, b of o]: blocked twice, which the runtime does on all threads.
  const once = reorderInput(emit, emit.one("Transpose", [g], swap));
  const lines = emit.reshape(once, [1, out, (batch / block) * sizeOf(spatial), block]);
  const weights = emit.reshape(reorderInput(emit, lines), [out, batch, ...spatial]);
  const y = emit.one("Conv", [examples, weights], onnxGeometry(plan.geometry, spatial), convDomain);
  return ownPositions(emit, emit.one("Transpose", [reorderOutput(emit, y, out)], swap), plan.positions, kernel);
}

/**
 * The weight gradient of a depthwise convolution: every channel of every example is a channel of its own, convolved with its
 * output's gradient as the kernel, and the examples are added up.
 */
export function lowerBlockedDepthwiseGradient(
  emit: Emitter,
  [x, g]: readonly [string, string],
  [xSpec, gSpec]: readonly [Spec, Spec],
  kernel: Shape,
  geometry: ConvGeometry,
): string {
  const [batch, channels, ...lengths] = xSpec.shape;
  const spatial = gSpec.shape.slice(2);
  const all = batch * channels;
  const plan = gradientPlan(lengths, spatial, kernel, geometry, all);
  const { padded, geometry: inside } = padBlocks(emit, toBlocks(emit, x, xSpec.shape), lengths, plan.geometry);
  const weights = emit.reshape(toBlocks(emit, g, gSpec.shape), [all, 1, ...spatial]);
  const y = emit.one("Conv", [padded, weights], onnxGeometry(inside, spatial), convDomain);
  const shape = [batch, channels, ...plan.positions];
  const total = leadingSum(emit, reorderOutput(emit, y, all), shape, 1, xSpec.dtype);
  const own = ownPositions(emit, total, plan.positions, kernel);
  return emit.reshape(own, [channels, 1, ...kernel]);
}

/**
 * Zeros written around blocked planes. Around a kernel as long as the plane itself they take half the time of the operator's own
 * padding, which reads such a kernel position by position.
 *
 * @param x      blocked, of `groups` channels in all
 * @returns      [1, groups, ...padded lengths], and the geometry without padding
 */
function padBlocks(emit: Emitter, x: string, lengths: Shape, geometry: ConvGeometry) {
  const { before, after, groups } = geometry;
  const longer = lengths.map((n, i) => before[i] + n + after[i]);
  const none = lengths.map(() => 0);
  const inside = { ...geometry, before: none, after: none };
  const around = [...before, ...after].some((n) => n > 0);
  const planes = emit.reshape(x, [groups / emit.block, ...lengths, emit.block]);
  const padded = around
    ? emit.one("Pad", [planes, emit.int64([0, ...before, 0, 0, ...after, 0]), emit.scalar(0, "float32")])
    : x;
  return { padded: emit.reshape(padded, [1, groups, ...longer]), geometry: inside };
}
