import { broadcasting } from "../batching.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne } from "../record.ts";
import type { Tensor } from "../tensor.ts";

const stopPrimitive = definePrimitive<Record<string, never>>({
  name: "stopGradient",
  movement: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  differentiable: [],
  batch: broadcasting,
  lower: ({ names }) => [names[0]],
});

/** The same value, a constant to every derivative. */
export const stopGradient = (x: Tensor): Tensor => recordOne(stopPrimitive, [x], {});

const aliasPrimitive = definePrimitive<Record<string, never>>({
  name: "alias",
  movement: true,
  unique: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: (_, [g]) => [g],
  batch: broadcasting,
  lower: ({ names }) => [names[0]],
});

/** The same value as a node of its own, so that a derivative can be asked with respect to this use alone. */
export const alias = (x: Tensor): Tensor => recordOne(aliasPrimitive, [x], {});
