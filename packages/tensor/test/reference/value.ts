import { type DType, isInteger } from "../../src/dtype.ts";
import type { Spec } from "../../src/primitive.ts";
import { type Shape, sizeOf, stridesOf } from "../../src/shape.ts";
import type { Tensor } from "../../src/tensor.ts";

/** A value of the reference evaluator: every dtype is held in float64 (bool as 0 and 1). */
export interface Value extends Spec {
  data: Float64Array;
}

export interface RuleContext {
  inputs: readonly Value[];
  outputs: readonly Spec[];
  // biome-ignore lint/suspicious/noExplicitAny: each rule knows the attributes of its own primitive
  attributes: any;
  /** Evaluates tensors of a loop body, given the values of others. */
  run(targets: readonly Tensor[], given: ReadonlyMap<Tensor, Float64Array>): Float64Array[];
}

/** What one primitive computes, in plain loops. */
export type Rule = (context: RuleContext) => Float64Array[];

const bits: Partial<Record<DType, number>> = { int8: 8, uint8: 8, int32: 32, uint32: 32, int64: 64 };

/** A whole number brought into the range of its dtype, as two's complement does. */
export function wrap(value: bigint, dtype: DType): number {
  const width = bits[dtype] as number;
  return Number(dtype.startsWith("u") ? BigInt.asUintN(width, value) : BigInt.asIntN(width, value));
}

/** Values stored under a dtype: whole numbers wrap, floats stay in float64. */
export const stored = (value: number, dtype: DType): number =>
  isInteger(dtype) && Number.isFinite(value) ? wrap(BigInt(Math.trunc(value)), dtype) : value;

/** Calls visit with every position of a shape, row-major. */
export function eachPosition(shape: Shape, visit: (position: number[], flat: number) => void): void {
  const total = sizeOf(shape);
  const position = shape.map(() => 0);
  for (let flat = 0; flat < total; flat++) {
    visit(position, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis]++;
      if (position[axis] < shape[axis]) break;
      position[axis] = 0;
    }
  }
}

/** The flat index of a position; broadcast axes (length 1, or missing in front) are read at 0. */
export function flatIndex(shape: Shape, position: readonly number[]): number {
  const strides = stridesOf(shape);
  const lead = position.length - shape.length;
  return strides.reduce((sum, stride, axis) => sum + (shape[axis] === 1 ? 0 : position[lead + axis] * stride), 0);
}

export const filled = (shape: Shape, value = 0): Float64Array => new Float64Array(sizeOf(shape)).fill(value);

/** One output computed position by position. */
export function byPosition({ shape }: Spec, value: (position: number[]) => number): Float64Array {
  const out = filled(shape);
  eachPosition(shape, (position, flat) => {
    out[flat] = value(position);
  });
  return out;
}
