import {
  add,
  arange,
  concat,
  DomainError,
  expand,
  formatShape,
  gather,
  requireWhole,
  reshape,
  ShapeError,
  sort,
  type Tensor,
  topK,
} from "@paperworks/tensor";

export interface PruneTokensOptions {
  /** How many of the ranked tokens stay. */
  keep: number;
  /** Leading tokens without a score that always stay; 1, the class token, when absent. */
  always?: number;
}

/** How many tokens a rate keeps: ⌈ρˢ·count⌉ after s rounds of pruning. @throws DomainError for a rate outside (0, 1] */
export function keptTokens(count: number, rate: number, rounds = 1): number {
  if (!(rate > 0 && rate <= 1)) throw new DomainError(`keptTokens: the rate lies in (0, 1], got ${rate}`);
  // A hair is taken off so that a product that is whole up to rounding, such as 0.7·10, is not rounded up.
  return Math.ceil(rate ** rounds * count - 1e-9);
}

/**
 * Leaves the tokens of the highest scores, in the order they stand in, and drops the others. Equal scores favour the earlier token.
 * The choice has no gradient; the tokens that stay have theirs.
 *
 * @param tokens [batch, always + ranked, dim]
 * @param scores [batch, ranked]
 * @returns tokens [batch, always + keep, dim], and kept [batch, always + keep] int32: the places they had
 * @throws ShapeError if tokens and scores do not fit together; DomainError for more to keep than there are
 */
export function pruneTokens(
  tokens: Tensor,
  scores: Tensor,
  { keep, always = 1 }: PruneTokensOptions,
): { tokens: Tensor; kept: Tensor } {
  requireWhole("pruneTokens: keep", keep, 1);
  requireWhole("pruneTokens: always", always);
  const [batch, length] = tokens.shape;
  const ranked = length - always;
  if (tokens.rank !== 3 || scores.rank !== 2 || scores.shape[0] !== batch || scores.shape[1] !== ranked)
    throw new ShapeError(
      `pruneTokens: tokens [batch, ${always} + ranked, dim] go with scores [batch, ranked], got ${formatShape(tokens.shape)} and ${formatShape(scores.shape)}`,
    );
  if (keep > ranked) throw new DomainError(`pruneTokens: cannot keep ${keep} of ${ranked} tokens`);
  const chosen = add(sort(topK(scores, keep).indices).values, always);
  const leading = expand(arange(always, { dtype: "int32" }), [batch, always]);
  const kept = always === 0 ? chosen : concat([leading, chosen], 1);
  return { tokens: takeTokens(tokens, kept), kept };
}

/**
 * Tokens by their places, which differ from record to record.
 *
 * @param tokens [batch, tokens, dim]
 * @param places [batch, taken] int32
 * @returns      [batch, taken, dim]
 */
export function takeTokens(tokens: Tensor, places: Tensor): Tensor {
  const [batch, length, dim] = tokens.shape;
  if (tokens.rank !== 3 || places.rank !== 2 || places.shape[0] !== batch)
    throw new ShapeError(
      `takeTokens: tokens [batch, tokens, dim] go with places [batch, taken], got ${formatShape(tokens.shape)} and ${formatShape(places.shape)}`,
    );
  const starts = reshape(arange(batch, { step: length, dtype: places.dtype }), [batch, 1]);
  return gather(reshape(tokens, [batch * length, dim]), add(places, starts));
}
