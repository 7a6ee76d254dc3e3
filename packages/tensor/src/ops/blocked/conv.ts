import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvGeometry, onnxGeometry } from "../conv-geometry.ts";
import { examplesAsChannels, isDepthwise, together } from "./examples-as-channels.ts";
import { planeGeometry, planeShape, planeSpec } from "./line-as-plane.ts";
import { convDomain, fromBlocks, toBlocks } from "./order.ts";
import { blockedWeights } from "./weights.ts";

/*
 * Convolutions in the runtime's blocked layout [N, C/b, H, W, b], where b channels fill a vector register: a third faster
 * than the plain operator on wide layers, twice on depthwise ones, the change of layout included. The runtime takes this form
 * by itself only for constant weights, so never in a training step.
 */

/**
 * Whether the blocked form serves: whole blocks of channels, or so few inputs that they stay as they are; two spatial axes; more
 * than a product in each position, unless x is in blocks already.
 *
 * @param name of x, where it may be so
 */
export function fitsBlocks(
  emit: Emitter,
  x: Spec,
  weight: Spec,
  { groups, stride }: Pick<ConvGeometry, "groups" | "stride">,
  name?: string,
): boolean {
  const { block } = emit;
  if (block === 0 || x.dtype !== "float32" || x.shape.length !== 4) return false;
  const [out, perGroup, ...kernel] = weight.shape;
  const channels = x.shape[1];
  if (sizeOf(x.shape) === 0 || out % block !== 0) return false;
  const there = name !== undefined && emit.blocksOf(name, x.shape) !== undefined;
  if (sizeOf(kernel) === 1 && stride.every((s) => s === 1) && !there) return false;
  if (channels < block && groups === 1) return true;
  if (channels % block !== 0) return false;
  return groups === 1 || isDepthwise(x, weight, groups) || (perGroup % block === 0 && (out / groups) % block === 0);
}

/**
 * The convolution of operands that `fitsBlocks`, from plain layout to plain layout.
 *
 * @param weights in blocks
 * @param shape   of the result
 */
function lowerBlockedConv(
  emit: Emitter,
  [x, weights]: readonly [string, string],
  [xSpec, weightSpec]: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string {
  const inputs = [xSpec.shape[1] < emit.block ? x : toBlocks(emit, x, xSpec.shape), weights];
  const attributes = onnxGeometry(geometry, weightSpec.shape.slice(2));
  const y = emit.one("Conv", inputs, attributes, convDomain);
  emit.noteConvolution(y, { inputs, attributes, shape });
  return fromBlocks(emit, y, shape);
}

/**
 * A convolution in blocks: undefined where they do not serve.
 *
 * @param shape of the result
 */
export function blockedConv(
  emit: Emitter,
  names: readonly [string, string],
  specs: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string | undefined {
  const wide = examplesAsChannels(emit, names, specs, geometry);
  if (wide) {
    const y = blockedConv(emit, wide.names, wide.specs, wide.geometry, together(shape));
    return y && emit.reshape(y, shape);
  }
  const planes = [planeSpec(specs[0]), planeSpec(specs[1])] as const;
  if (!fitsBlocks(emit, ...planes, geometry, names[0])) return undefined;
  return convolvePlanes(emit, [names[0], blockedWeights(emit, names[1], planes[1].shape)], planes, geometry, shape);
}

/** @param weights in blocks @param planes of operands that `fitsBlocks` @param shape of the result, a plane's or a line's */
export function convolvePlanes(
  emit: Emitter,
  [x, weights]: readonly [string, string],
  planes: readonly [Spec, Spec],
  geometry: ConvGeometry,
  shape: Shape,
): string {
  if (shape.length === 4) return lowerBlockedConv(emit, [x, weights], planes, geometry, shape);
  const plane = emit.reshape(x, planes[0].shape);
  const y = lowerBlockedConv(emit, [plane, weights], planes, planeGeometry(geometry), planeShape(shape));
  return emit.reshape(y, shape);
}
