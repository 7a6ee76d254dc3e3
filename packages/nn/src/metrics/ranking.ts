import { DomainError, requireWhole } from "@paperworks/tensor";
import { hasNaN, requireEqualLengths } from "./checks.ts";
import { descendingGroups, midRanks } from "./ranks.ts";

function positivesOf(metric: string, labels: ArrayLike<number | boolean>, needNegatives: boolean): number {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) {
    if (Number(labels[i]) !== 0 && Number(labels[i]) !== 1)
      throw new DomainError(`${metric}: the label ${labels[i]} at ${i} is neither 0 nor 1`);
    positives += Number(labels[i]);
  }
  if (positives === 0 || (needNegatives && positives === labels.length))
    throw new DomainError(
      `${metric} needs ${needNegatives ? "both classes" : "a positive"}, got ${positives} positives of ${labels.length}`,
    );
  return positives;
}

/**
 * The area under the ROC curve: the probability that a positive scores above a negative, a tie counting one half.
 *
 * @param labels 0 or 1, both present
 * @returns NaN if a score is NaN
 */
export function rocAuc(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  requireEqualLengths("rocAuc", scores, labels);
  const positives = positivesOf("rocAuc", labels, true);
  if (hasNaN(scores)) return Number.NaN;
  const ranks = midRanks(scores);
  let total = 0;
  for (let i = 0; i < ranks.length; i++) if (labels[i]) total += ranks[i];
  return (total - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

/**
 * Σ_k (R_k − R_{k−1}) P_k over the distinct thresholds: equal scores enter together, so that their order cannot matter.
 *
 * @param labels 0 or 1, at least one of them 1
 * @returns NaN if a score is NaN
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number | boolean>): number {
  requireEqualLengths("averagePrecision", scores, labels);
  const positives = positivesOf("averagePrecision", labels, false);
  if (hasNaN(scores)) return Number.NaN;
  let [hits, seen, total] = [0, 0, 0];
  for (const group of descendingGroups(scores)) {
    const gained = group.reduce((n, i) => n + Number(labels[i]), 0);
    hits += gained;
    seen += group.length;
    total += (gained / positives) * (hits / seen);
  }
  return total;
}

export interface NdcgOptions {
  /** Only the first k places count; all when absent. */
  k?: number;
  /** Gain of relevance r: r itself (Järvelin and Kekäläinen, 2002), or 2^r − 1. */
  gain?: "linear" | "exponential";
}

/**
 * Normalised discounted cumulative gain of one query: Σ_i g_i/log₂(i + 1) over places i = 1, 2, …, divided by its largest
 * possible value. Equal scores share the mean of their places' discounts. A query without anything relevant has 0.
 *
 * @param scores    [n]
 * @param relevance [n], not negative
 * @returns NaN if a score is NaN
 */
export function ndcg(
  scores: ArrayLike<number>,
  relevance: ArrayLike<number>,
  { k = scores.length, gain = "linear" }: NdcgOptions = {},
): number {
  requireEqualLengths("ndcg", scores, relevance);
  requireWhole("ndcg: k", k, 1);
  const gains = Array.from(relevance, (r, i) => {
    if (!(r >= 0)) throw new DomainError(`ndcg: the relevance ${r} at ${i} is negative or no number`);
    return gain === "linear" ? r : 2 ** r - 1;
  });
  if (hasNaN(scores)) return Number.NaN;
  const discounted = (groups: number[][]): number => {
    let [place, total] = [1, 0];
    for (const group of groups) {
      let discount = 0;
      for (let j = 0; j < group.length; j++, place++) if (place <= k) discount += 1 / Math.log2(place + 1);
      total += (group.reduce((n, i) => n + gains[i], 0) / group.length) * discount;
    }
    return total;
  };
  const ideal = discounted(descendingGroups(gains));
  return ideal === 0 ? 0 : discounted(descendingGroups(scores)) / ideal;
}
