import type { Spec } from "../../primitive.ts";
import type { Shape } from "../../shape.ts";
import type { ConvGeometry } from "../conv-geometry.ts";

/*
 * A convolution over one axis is one over a plane of height 1, which is what the runtime's blocked operators take. Along the
 * width they are up to twice as fast as along the height.
 */

/** [batch, channels, length] → [batch, channels, 1, length], and a kernel likewise; planes stay as they are. */
export const planeShape = (shape: Shape): Shape => (shape.length === 3 ? [shape[0], shape[1], 1, shape[2]] : shape);

export const planeSpec = ({ shape, dtype }: Spec): Spec => ({ shape: planeShape(shape), dtype });

export function planeGeometry<G extends ConvGeometry>(geometry: G): G {
  const { stride, before, after, dilation } = geometry;
  if (stride.length !== 1) return geometry;
  return {
    ...geometry,
    stride: [1, ...stride],
    before: [0, ...before],
    after: [0, ...after],
    dilation: [1, ...dilation],
  };
}
