import type { Emitter } from "../../onnx/emitter.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { reorderInput } from "./order.ts";

/*
 * Weights as the blocked operator reads them, for b channels in a block:
 *
 *   dense          [out/b, in/b, positions, b of in, b of out]
 *   depthwise      [out/b, positions, b]
 *   few inputs     [out/b, in, positions, b of out]
 *
 * Each block is one change of layout of the runtime, which works on whole vectors and on all threads; a transposition of so many
 * axes takes ten times as long.
 */

/** The middle axis of [outer, axis, inner] in blocks: [outer, axis/b, inner, b]. */
const blockAxis = (emit: Emitter, name: string, outer: number, axis: number, inner: number): string =>
  reorderInput(emit, emit.reshape(name, [outer, axis, inner, 1]));

/** @param shape [out, in/groups, ...kernel] */
export function blockedWeights(emit: Emitter, name: string, shape: Shape): string {
  const [out, perGroup, ...kernel] = shape;
  const whole = perGroup % emit.block === 0;
  const inputs = whole ? blockAxis(emit, name, out, perGroup, sizeOf(kernel)) : name;
  return emit.reshape(blockAxis(emit, inputs, 1, out, perGroup * sizeOf(kernel)), shape);
}

/**
 * The weights of the transposed convolution, [in, out/groups, ...], in blocks: outputs and inputs of each group have changed
 * places, and `taps` are the kernel positions it reads, in its order.
 *
 * @param shape [out, in/groups, ...kernel] of the weight as it is given
 * @param sides of the kernel that comes out, as many positions as there are taps
 */
export function blockedTurnedWeights(
  emit: Emitter,
  name: string,
  [out, perGroup, ...kernel]: Shape,
  groups: number,
  taps: readonly number[],
  sides: Shape,
): string {
  const { block } = emit;
  const positions = sizeOf(kernel);
  if (perGroup === 1) {
    const lines = emit.reshape(blockAxis(emit, name, 1, out, positions), [out / block, positions, block]);
    return emit.reshape(chosen(emit, lines, positions, taps, 1), [out, 1, ...sides]);
  }
  const [outs, ins] = [out / groups / block, perGroup / block];
  // [groups, o/b, c, positions, b of o] → [groups, o/b, c/b, positions, b of o, b of c] → [groups, c/b, o/b, taps, b of o, b of c]
  const once = blockAxis(emit, name, groups, out / groups, perGroup * positions);
  const twice = blockAxis(emit, once, groups * outs, perGroup, positions * block);
  const squares = emit.reshape(twice, [groups * outs * ins * positions, block * block]);
  const order = Array.from({ length: groups * ins * outs }, (_, i) => {
    const [group, c, o] = [Math.floor(i / (ins * outs)), Math.floor(i / outs) % ins, i % outs];
    return taps.map((tap) => ((group * outs + o) * ins + c) * positions + tap);
  }).flat();
  const turned = chosen(emit, squares, groups * outs * ins * positions, order, 0);
  return emit.reshape(turned, [perGroup * groups, out / groups, ...sides]);
}

/** Entries of an axis, as it is where they are all of it in its order. */
function chosen(emit: Emitter, name: string, length: number, indices: readonly number[], axis: number): string {
  if (indices.length === length && indices.every((index, i) => index === i)) return name;
  return emit.one("Gather", [name, emit.int64(indices)], { axis: { int: axis } });
}
