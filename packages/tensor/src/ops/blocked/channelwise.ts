import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { sameShape } from "../../shape.ts";
import { leadingSum } from "../leading-sum.ts";
import { planeShape } from "./line-as-plane.ts";
import { convDomain, resultFromBlocks } from "./order.ts";

/** scale_c·x + shift_c for x in blocks, a depthwise convolution with the kernel scale: undefined where x is in plain order. */
export function blockedScaleAndShift(
  emit: Emitter,
  [x, scale, shift]: readonly string[],
  { shape, dtype }: Spec,
): string | undefined {
  if (dtype !== "float32" || (shape.length !== 3 && shape.length !== 4)) return undefined;
  const [, channels] = shape;
  const blocks = emit.blocksOf(x, planeShape(shape));
  if (blocks === undefined) return undefined;
  const weights = emit.reshape(scale, [channels, 1, 1, 1]);
  const geometry = { group: { int: channels }, kernel_shape: { ints: [1, 1] } };
  return resultFromBlocks(emit, emit.one("Conv", [blocks, weights, shift], geometry, convDomain), shape);
}

/**
 * Sums over the places, and over the examples too, of x in blocks: undefined where x is in plain order.
 *
 * @returns [N, C] or [C], in plain order
 */
export function blockedSum(
  emit: Emitter,
  x: string,
  { shape, dtype }: Spec,
  axes: readonly number[],
): string | undefined {
  if (dtype !== "float32" || (shape.length !== 3 && shape.length !== 4)) return undefined;
  const places = shape.slice(2).map((_, i) => i + 2);
  const ofAll = sameShape(axes, [0, ...places]);
  const blocks = ofAll || sameShape(axes, places) ? emit.blocksOf(x, planeShape(shape)) : undefined;
  if (blocks === undefined) return undefined;
  const [batch, channels, ...lengths] = shape;
  const { block } = emit;
  const lines = lengths.reduce((a, b) => a * b);
  const rows = emit.reshape(blocks, [(batch * channels) / block, lines, block]);
  const sums = emit.reshape(emit.reduce("ReduceSum", rows, [1], false, dtype), [batch, channels]);
  return ofAll ? leadingSum(emit, sums, [batch, channels], 1, dtype) : sums;
}
