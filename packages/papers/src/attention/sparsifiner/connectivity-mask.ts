import {
  any,
  arange,
  concat,
  DomainError,
  equal,
  expand,
  formatShape,
  greater,
  logicalAnd,
  logicalNot,
  logicalOr,
  ones,
  requireWhole,
  ShapeError,
  scatterAlongAxis,
  type Tensor,
  topK,
} from "@paperworks/tensor";

/** How many keys a query keeps: a share of all, a number, or those whose score is above a threshold, which differs from row to row. */
export type Budget = { readonly keep: number } | { readonly count: number } | { readonly threshold: number };

/** m = ⌈keep·n⌉. @throws DomainError for a share outside (0, 1] */
export function keptKeys(tokens: number, keep: number): number {
  if (!(keep > 0 && keep <= 1)) throw new DomainError(`the share of keys to keep lies in (0, 1], got ${keep}`);
  // A hair is taken off so that a product that is whole up to rounding is not rounded up.
  return Math.ceil(keep * tokens - 1e-9);
}

function countOf(tokens: number, budget: { readonly keep: number } | { readonly count: number }): number {
  if ("keep" in budget) return keptKeys(tokens, budget.keep);
  requireWhole("a budget of keys", budget.count, 1);
  if (budget.count > tokens) throw new DomainError(`cannot keep ${budget.count} of ${tokens} keys`);
  return budget.count;
}

/** True at the listed places of the last axis. @param indices int32 [..., m], no place twice @returns bool [..., length] */
export const maskOf = (indices: Tensor, length: number): Tensor =>
  greater(scatterAlongAxis(ones(indices.shape), indices, length), 0.5);

/** True at the `count` largest entries of each row, of equal ones at the earlier. @param x [..., n] @returns bool [..., n] */
export const largestEntries = (x: Tensor, count: number): Tensor => maskOf(topK(x, count).indices, x.shape[x.rank - 1]);

/**
 * Which keys each query attends to: its m best by score, equal scores to the earlier key. The class token comes first: it attends
 * to all, so scores have no row for it. With a threshold a query that would keep nothing keeps the class token. The choice has no
 * gradient.
 *
 * @param scores [..., n − 1, n]
 * @returns      bool [..., n, n]
 * @throws ShapeError unless there is a row for every token but the class token; DomainError for a budget that cannot be
 */
export function connectivityMask(scores: Tensor, budget: Budget): Tensor {
  const tokens = requireScores("connectivityMask", scores);
  const rows =
    "threshold" in budget ? aboveThreshold(scores, budget.threshold) : largestEntries(scores, countOf(tokens, budget));
  const classRow = expand(ones([1, 1], "bool"), [...scores.shape.slice(0, -2), 1, tokens]);
  return concat([classRow, rows], scores.rank - 2);
}

/** The same choice as places, for attention that gathers. @returns int32 [..., n − 1, m], the best key first */
export function connectivityIndices(
  scores: Tensor,
  budget: { readonly keep: number } | { readonly count: number },
): Tensor {
  return topK(scores, countOf(requireScores("connectivityIndices", scores), budget)).indices;
}

function aboveThreshold(scores: Tensor, threshold: number): Tensor {
  if (!Number.isFinite(threshold)) throw new DomainError(`the threshold of a budget must be finite, got ${threshold}`);
  const kept = greater(scores, threshold);
  const first = equal(arange(scores.shape[scores.rank - 1], { dtype: "int32" }), 0);
  return logicalOr(kept, logicalAnd(logicalNot(any(kept, -1, { keepDims: true })), first));
}

function requireScores(name: string, scores: Tensor): number {
  const [rows, tokens] = scores.shape.slice(-2);
  if (scores.rank < 2 || rows !== tokens - 1)
    throw new ShapeError(
      `${name}: scores are [..., n − 1, n], a row for each token but that of the class, got ${formatShape(scores.shape)}`,
    );
  return tokens;
}
