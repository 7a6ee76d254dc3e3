import type { Emitter } from "../onnx/emitter.ts";
import type { Spec } from "../primitive.ts";
import { sizeOf } from "../shape.ts";

/**
 * Values that one ScatterND may combine. The runtime shares a larger one among its threads without a lock, so that rows with
 * one target lose updates (seen from 262,144 values on, with errors of any size); up to 131,072 it takes one thread.
 */
const safeValues = 2 ** 15;

/** Parts beyond which a graph grows too long; ScatterElements then does the work, on one thread and forty times as slow. */
const mostParts = 1024;

/**
 * Rows combined into a base at their targets: base[ids[i]] ⊕= rows[i].
 *
 * @param base name of [count, ...]
 * @param ids  name of [n], int64
 * @param rows name of [n, ...]
 */
export function combineRows(
  emit: Emitter,
  [base, ids, rows]: readonly [string, string, string],
  { shape }: Spec,
  reduction: "add" | "max",
): string {
  const [n, ...rest] = shape;
  const width = sizeOf(rest);
  const index = emit.reshape(ids, [n, 1]);
  const combined = (into: string, at: string, values: string): string =>
    emit.one("ScatterND", [into, at, values], { reduction: { string: reduction } });
  const each = Math.max(1, Math.floor(safeValues / width));
  const parts = Math.ceil(n / each);
  if (parts <= 1) return combined(base, index, rows);
  if (parts > mostParts) {
    const wide = emit.one("Expand", [emit.reshape(ids, [n, ...rest.map(() => 1)]), emit.int64(shape)]);
    return emit.one("ScatterElements", [base, wide, rows], { axis: { int: 0 }, reduction: { string: reduction } });
  }
  const lengths = Array.from({ length: parts }, (_, i) => Math.min(each, n - i * each));
  const split = (name: string): string[] =>
    emit.many(parts, "Split", [name, emit.int64(lengths)], { axis: { int: 0 } });
  const [targets, values] = [split(index), split(rows)];
  return targets.reduce((into, at, i) => combined(into, at, values[i]), base);
}
