import { hasNaN, requireEqualLengths } from "./checks.ts";
import { midRanks } from "./ranks.ts";

/** Pearson's correlation of two vectors; NaN if one of them is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireEqualLengths("pearson", a, b);
  const meanOf = (v: ArrayLike<number>): number => {
    let total = 0;
    for (let i = 0; i < v.length; i++) total += v[i];
    return total / v.length;
  };
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** Spearman's ρ: the correlation of the ranks, equal values sharing the mean of theirs; NaN if one vector is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireEqualLengths("spearman", a, b);
  return hasNaN(a) || hasNaN(b) ? Number.NaN : pearson(midRanks(a), midRanks(b));
}

/** Pairs of equal neighbours in a sorted list, counted by runs. */
function tiedPairs(count: number, equalsNext: (i: number) => boolean): number {
  let [run, pairs] = [1, 0];
  for (let i = 0; i < count; i++) {
    if (i + 1 < count && equalsNext(i)) run++;
    else {
      pairs += (run * (run - 1)) / 2;
      run = 1;
    }
  }
  return pairs;
}

/** Exchanges that sorting takes, by merging; sorts the array. */
function inversions(values: Float64Array): number {
  let source: Float64Array = values;
  let target: Float64Array = new Float64Array(values.length);
  let count = 0;
  for (let width = 1; width < values.length; width *= 2) {
    for (let start = 0; start < values.length; start += 2 * width) {
      const middle = Math.min(start + width, values.length);
      const end = Math.min(start + 2 * width, values.length);
      let [i, j] = [start, middle];
      for (let to = start; to < end; to++) {
        if (i < middle && (j >= end || source[i] <= source[j])) target[to] = source[i++];
        else {
          count += middle - i;
          target[to] = source[j++];
        }
      }
    }
    [source, target] = [target, source];
  }
  values.set(source);
  return count;
}

/**
 * Kendall's τ_b = (C − D)/√((n₀ − n₁)(n₀ − n₂)), C and D the concordant and discordant pairs, n₀ all pairs, n₁ and n₂ those
 * tied in a and in b, in O(n log n) (Knight, 1966). NaN if one vector is constant.
 */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number {
  requireEqualLengths("kendall", a, b);
  if (hasNaN(a) || hasNaN(b)) return Number.NaN;
  const n = a.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[i] - a[j] || b[i] - b[j]);
  const tiedA = tiedPairs(n, (i) => a[order[i]] === a[order[i + 1]]);
  const tiedBoth = tiedPairs(n, (i) => a[order[i]] === a[order[i + 1]] && b[order[i]] === b[order[i + 1]]);
  const sorted = Float64Array.from(order, (i) => b[i]);
  const discordant = inversions(sorted);
  const tiedB = tiedPairs(n, (i) => sorted[i] === sorted[i + 1]);
  const pairs = (n * (n - 1)) / 2;
  const difference = pairs - tiedA - tiedB + tiedBoth - 2 * discordant;
  return difference / Math.sqrt(pairs - tiedA) / Math.sqrt(pairs - tiedB);
}
