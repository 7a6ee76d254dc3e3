import { fromArray, type Tensor } from "@paperworks/tensor";

/** Added to scores that may not be seen: finite, so that a row without anything to see is no NaN. */
export const unseen = -1e30;

/** The latest biases by their shape: models ask for the same ones at every recording. */
const kept = new Map<string, Float32Array>();
const mostKept = 64;

/**
 * What to add to scores so that each token sees itself and those before it: 0 where row start + i may see column j ≤ start + i,
 * −10³⁰ elsewhere. Adding costs less than choosing, and nothing backwards.
 *
 * @returns [rows, columns]
 */
export function causalBias(
  rows: number,
  columns: number,
  { start = 0, dtype }: { start?: number; dtype: Tensor["dtype"] },
): Tensor {
  const key = `${start} ${rows} ${columns}`;
  let bias = kept.get(key);
  if (!bias) {
    bias = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) bias.fill(unseen, i * columns + start + i + 1, (i + 1) * columns);
    kept.set(key, bias);
    if (kept.size > mostKept) kept.delete(kept.keys().next().value as string);
  }
  return fromArray(bias, [rows, columns]).cast(dtype);
}
