import { blockedScaleAndShift } from "#blocked";
import { requireFloat, requireSameDType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { sum } from "./reduce.ts";

/** A vector over the channels as it meets [N, C, ...]. */
const alongChannels = (v: Tensor, rank: number): Tensor => reshape(v, [v.size, ...new Array(rank - 2).fill(1)]);

const scaleAndShiftPrimitive = definePrimitive<Record<string, never>>({
  name: "scaleAndShift",
  infer([x, scale, shift]) {
    requireFloat("scaleAndShift", x.dtype);
    requireSameDType("scaleAndShift", x.dtype, scale.dtype);
    requireSameDType("scaleAndShift", x.dtype, shift.dtype);
    const [, channels] = x.shape;
    for (const { shape } of [scale, shift]) {
      if (channels === undefined || shape.length !== 1 || shape[0] !== channels) {
        throw new ShapeError(
          `scaleAndShift: a vector over the channels of ${formatShape(x.shape)} is needed, got ${formatShape(shape)}`,
        );
      }
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp({ inputs: [x, scale] }, [g]) {
    if (!g) return [undefined, undefined, undefined];
    const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    return [mul(g, alongChannels(scale, x.rank)), sum(mul(g, x), others), sum(g, others)];
  },
  lower({ emit, names: [x, scale, shift], inputs: [{ shape, dtype }] }) {
    const blocked = blockedScaleAndShift(emit, [x, scale, shift], { shape, dtype });
    if (blocked !== undefined) return [blocked];
    const [, channels] = shape;
    if (dtype === "float16" || sizeOf(shape) === 0) {
      const target = [channels, ...new Array(shape.length - 2).fill(1)];
      const [a, b] = [scale, shift].map((name) => emit.reshape(name, target));
      return [emit.one("Add", [emit.one("Mul", [x, a]), b])];
    }
    // Normalisation by a mean of 0 and a variance of 1: the one operator that multiplies and adds in one pass.
    const [zeros, ones] = [emit.full([channels], 0, dtype), emit.full([channels], 1, dtype)];
    return [emit.one("BatchNormalization", [x, scale, shift, zeros, ones], { epsilon: { float: 0 } })];
  },
  cost: ([x]) => ({ macs: 0, flops: 2 * sizeOf(x.shape) }),
});

/**
 * scale_c · x + shift_c for each channel c.
 *
 * @param x     [N, C, ...]
 * @param scale [C]
 * @param shift [C]
 * @returns     [N, C, ...]
 * @throws ShapeError if the vectors are not over the channels
 */
export const scaleAndShift = (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  recordOne(scaleAndShiftPrimitive, [x, scale, shift], {});
