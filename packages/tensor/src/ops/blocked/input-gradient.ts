import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { sizeOf } from "../../shape.ts";
import type { InputGradientAttributes } from "../conv.ts";
import { turnedGeometry } from "../conv-geometry.ts";
import { convolvePlanes, fitsBlocks } from "./conv.ts";
import { examplesAsChannels, together } from "./examples-as-channels.ts";
import { planeSpec } from "./line-as-plane.ts";
import { lowerBlockedPhases } from "./phases.ts";
import { blockedTurnedWeights } from "./weights.ts";

/** The input gradient of a convolution in blocks, from g and the weight: undefined where they do not serve. */
export function blockedInputGradient(
  emit: Emitter,
  [g, weight]: readonly [string, string],
  [gSpec, weightSpec]: readonly [Spec, Spec],
  attributes: InputGradientAttributes,
): string | undefined {
  const { inputShape, groups } = attributes;
  const wide = examplesAsChannels(emit, [g, weight], [gSpec, weightSpec], attributes);
  if (wide) {
    const joined = { ...wide.geometry, inputShape: together(inputShape) };
    const dx = blockedInputGradient(emit, wide.names, wide.specs, joined);
    return dx && emit.reshape(dx, inputShape);
  }
  const [out, perGroup, ...kernel] = weightSpec.shape;
  const geometry = turnedGeometry(attributes, kernel);
  if (!geometry) return lowerBlockedPhases(emit, [g, weight], [gSpec, weightSpec], attributes, inputShape);
  const turnedSpec = { shape: [perGroup * groups, out / groups, ...kernel], dtype: weightSpec.dtype };
  const planes = [planeSpec(gSpec), planeSpec(turnedSpec)] as const;
  if (out < emit.block || !fitsBlocks(emit, ...planes, geometry, g)) return undefined;
  const [, , ...sides] = planes[1].shape;
  const taps = Array.from({ length: sizeOf(kernel) }, (_, i) => sizeOf(kernel) - 1 - i);
  const turned = blockedTurnedWeights(emit, weight, weightSpec.shape, groups, taps, sides);
  return convolvePlanes(emit, [g, turned], planes, geometry, inputShape);
}
