import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { ConvGeometry } from "../conv-geometry.ts";
import { planeShape } from "./line-as-plane.ts";

/*
 * A depthwise convolution of N examples of C channels is one of a single example of N·C channels, each weight as often as there are
 * examples. Where no block divides C, one may divide N·C.
 */

export const isDepthwise = (x: Spec, weight: Spec, groups: number): boolean =>
  weight.shape[1] === 1 && groups === x.shape[1] && groups === weight.shape[0];

/** Whether the channels fill blocks only together with the examples. */
export function fillsBlocksTogether(
  { block }: Emitter,
  x: Spec,
  weight: Spec,
  { groups }: Pick<ConvGeometry, "groups">,
): boolean {
  const [batch, channels] = x.shape;
  if (block === 0 || batch < 2 || channels % block === 0 || (batch * channels) % block !== 0) return false;
  const oneOrTwoAxes = planeShape(x.shape).length === 4;
  return oneOrTwoAxes && sizeOf(weight.shape.slice(2)) > 1 && isDepthwise(x, weight, groups);
}

/** [N, C, ...] → [1, N·C, ...] */
export const together = ([batch, channels, ...spatial]: Shape): Shape => [1, batch * channels, ...spatial];

/** The convolution of x with the weight, the examples as channels: undefined where it does not help. */
export function examplesAsChannels<G extends ConvGeometry>(
  emit: Emitter,
  [x, weight]: readonly string[],
  [xSpec, weightSpec]: readonly Spec[],
  geometry: G,
) {
  if (!fillsBlocksTogether(emit, xSpec, weightSpec, geometry)) return undefined;
  const [batch] = xSpec.shape;
  const [channels, , ...kernel] = weightSpec.shape;
  const rows = emit.reshape(weight, [1, channels * sizeOf(kernel)]);
  const shape = [batch * channels, 1, ...kernel];
  return {
    names: [
      emit.reshape(x, together(xSpec.shape)),
      emit.reshape(emit.one("Expand", [rows, emit.int64([batch, 1])]), shape),
    ] as const,
    specs: [
      { shape: together(xSpec.shape), dtype: xSpec.dtype },
      { shape, dtype: weightSpec.dtype },
    ] as const,
    geometry: { ...geometry, groups: batch * channels },
  };
}
