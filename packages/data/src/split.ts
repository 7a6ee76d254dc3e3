import { checkInteger } from "./domain.ts";
import { DomainError } from "./errors.ts";
import { Random } from "./random.ts";

/**
 * Disjoint random parts of the records 0 … n - 1: `split(10_000, [9_000, 1_000], 0)` or `split(10_000, [0.9, 0.1], 0)`.
 *
 * Whole numbers are counts with a sum of at most n. Otherwise every part must lie strictly between 0 and 1, with a sum
 * of at most 1; boundaries are rounded, so fractions that add up to 1 cover every record.
 * @throws DomainError for parts that are neither, or too large
 */
export function split(n: number, parts: readonly number[], seed: number): Int32Array[] {
  checkInteger("n", n, 0, 2_147_483_647);
  const boundaries = parts.every((part) => Number.isInteger(part)) ? countsUpTo(n, parts) : fractionsOf(n, parts);
  const order = new Random(seed).permutation(n);
  return boundaries.map((end, i) => order.slice(i === 0 ? 0 : boundaries[i - 1], end));
}

function countsUpTo(n: number, counts: readonly number[]): number[] {
  let end = 0;
  const boundaries = counts.map((count) => {
    checkInteger("part", count, 0);
    end += count;
    return end;
  });
  if (end > n) throw new DomainError("parts", counts, `counts with a sum of at most ${n}`);
  return boundaries;
}

function fractionsOf(n: number, fractions: readonly number[]): number[] {
  let sum = 0;
  const boundaries = fractions.map((fraction) => {
    if (!(fraction > 0 && fraction < 1)) {
      throw new DomainError("parts", fractions, "whole counts, or fractions strictly between 0 and 1");
    }
    sum += fraction;
    return Math.min(n, Math.round(sum * n));
  });
  if (sum > 1 + 1e-9) throw new DomainError("parts", fractions, "fractions with a sum of at most 1");
  return boundaries;
}
