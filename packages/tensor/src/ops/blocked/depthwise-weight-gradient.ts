import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import type { Shape } from "../../shape.ts";
import { type ConvGeometry, onnxGeometry } from "../conv-geometry.ts";
import { leadingSum } from "../leading-sum.ts";
import { together } from "./examples-as-channels.ts";
import { borderBlocks, convDomain, reorderOutput, toBlocks } from "./order.ts";

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
 * The weight gradient of a depthwise convolution: every channel of every example is a channel of its own, convolved with its
 * output's gradient as the kernel, and the examples are added up.
 */
export function depthwiseWeightGradient(
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
  // Zeros written around the planes take half the time of the operator's own padding, which reads a kernel as long as the plane
  // position by position.
  const blocked = (name: string, { shape }: Spec): string =>
    channels % emit.block === 0
      ? toBlocks(emit, name, shape)
      : toBlocks(emit, emit.reshape(name, together(shape)), together(shape));
  const padded = borderBlocks(emit, blocked(x, xSpec), [1, all, ...lengths], plan.geometry);
  const none = lengths.map(() => 0);
  const inside = { ...plan.geometry, before: none, after: none };
  const weights = emit.reshape(blocked(g, gSpec), [all, 1, ...spatial]);
  const y = emit.one("Conv", [padded, weights], onnxGeometry(inside, spatial), convDomain);
  const shape = [batch, channels, ...plan.positions];
  const total = leadingSum(emit, reorderOutput(emit, y, all), shape, 1, xSpec.dtype);
  const own = ownPositions(emit, total, plan.positions, kernel);
  return emit.reshape(own, [channels, 1, ...kernel]);
}
