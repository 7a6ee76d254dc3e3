import type { LowerContext } from "../../primitive.ts";
import type { WeightGradientAttributes } from "../conv-weight-gradient.ts";
import { fitsBlocks } from "./conv.ts";
import { denseWeightGradient, fitsDenseGradient } from "./dense-weight-gradient.ts";
import { depthwiseWeightGradient } from "./depthwise-weight-gradient.ts";
import { fillsBlocksTogether, isDepthwise } from "./examples-as-channels.ts";
import { planeGeometry, planeShape, planeSpec } from "./line-as-plane.ts";

/** The weight gradient of a convolution in blocks, from x and g: undefined where they do not serve. */
export function blockedWeightGradient({
  emit,
  names: [x, g],
  inputs: [xSpec, gSpec],
  attributes,
}: LowerContext<WeightGradientAttributes>): string | undefined {
  const { weightShape, groups } = attributes;
  const weight = { shape: weightShape, dtype: xSpec.dtype };
  if (isDepthwise(xSpec, weight, groups)) {
    const planes = [planeSpec(xSpec), planeSpec(gSpec)] as const;
    const fills = fitsBlocks(emit, planes[0], planeSpec(weight), attributes);
    if (!fills && !fillsBlocksTogether(emit, xSpec, weight, attributes)) return undefined;
    const [kernel, geometry] = [planeShape(weightShape).slice(2), planeGeometry(attributes)];
    const lines = xSpec.shape.length === 3;
    const names = lines ? [emit.reshape(x, planes[0].shape), emit.reshape(g, planes[1].shape)] : [x, g];
    const dw = depthwiseWeightGradient(emit, names as [string, string], planes, kernel, geometry);
    return emit.reshape(dw, weightShape);
  }
  if (!fitsDenseGradient(emit, xSpec, weight, attributes)) return undefined;
  return denseWeightGradient(emit, [x, g], [xSpec, gSpec], weightShape, attributes);
}
