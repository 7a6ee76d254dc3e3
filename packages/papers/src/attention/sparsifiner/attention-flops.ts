import { keptTokens } from "@paperworks/nn";
import { DomainError } from "@paperworks/tensor";
import { keptKeys } from "./connectivity-mask.ts";
import type { Pruning } from "./sparsifiner.ts";

export interface AttentionShape {
  /** n */
  tokens: number;
  /** d */
  headDim: number;
  /** H; 1 when absent. */
  heads?: number;
  /** m = ⌈keep·n⌉ keys a query. */
  keep: number;
  /** β, the share of entries of the basis that are not 0. */
  basisDensity?: number;
  reduceTokens?: number;
  reduceChannels?: number;
  topCoefficients?: number;
  /** Tokens that are left of n; all when absent. */
  left?: number;
}

/**
 * Multiply-accumulates of a layer's attention, projections left out, with n' of n tokens left:
 *
 *   dense   2 n'² d
 *   sparse  2 n' d c + 2 n' n_down c + t n'² β + 2 n' m d       t = topCoefficients
 *
 * The sparse line is queries and keys made narrow, keys compressed and coefficients, the product with the basis, and attention over m
 * keys. Top-k and gathers multiply nothing. With keep = 1 there is nothing to predict: it is the dense line.
 *
 * @returns both for all heads, and the share saved
 */
export function attentionFlops({
  tokens,
  headDim: d,
  heads = 1,
  keep,
  basisDensity = 0.5,
  reduceTokens = 6,
  reduceChannels = 2,
  topCoefficients = 8,
  left: n = tokens,
}: AttentionShape): { dense: number; sparse: number; saved: number } {
  if (!(basisDensity >= 0 && basisDensity <= 1))
    throw new DomainError(`attentionFlops: a density lies in [0, 1], got ${basisDensity}`);
  const dense = heads * 2 * n * n * d;
  if (keep === 1) return { dense, sparse: dense, saved: 0 };
  const reduced = Math.floor(tokens / reduceTokens);
  const c = Math.floor(d / reduceChannels);
  const m = Math.min(keptKeys(tokens, keep), n);
  const predictor = 2 * n * d * c + 2 * n * reduced * c + topCoefficients * n * n * basisDensity;
  const sparse = heads * (predictor + 2 * n * m * d);
  return { dense, sparse, saved: 1 - sparse / dense };
}

export interface NetworkShape extends Omit<AttentionShape, "heads" | "left" | "headDim"> {
  dim: number;
  depth: number;
  heads: number;
  /** Width inside the feed-forward parts. */
  hidden: number;
  /** Numbers in a patch. */
  patchSize: number;
  classes: number;
  pruning?: Pruning;
}

/** DeiT-S on images of 224 pixels in patches of 16: 4.6 G multiply-accumulates. */
export const deitSmall = {
  tokens: 197,
  dim: 384,
  depth: 12,
  heads: 6,
  hidden: 1536,
  patchSize: 768,
  classes: 1000,
} as const;

/** Multiply-accumulates of a whole network for one image: patches, projections, attention, feed-forward parts and head. */
export function networkMacs(shape: NetworkShape): number {
  const { tokens, dim, depth, heads, hidden, patchSize, classes, pruning } = shape;
  let total = (tokens - 1) * patchSize * dim + dim * classes;
  let [left, rounds] = [tokens, 0];
  for (let block = 1; block <= depth; block++) {
    total += left * (4 * dim * dim + 2 * dim * hidden);
    total += attentionFlops({ ...shape, headDim: dim / heads, heads, left }).sparse;
    if (pruning?.after.includes(block)) left = 1 + keptTokens(tokens - 1, pruning.rate, ++rounds);
  }
  return total;
}

/** The rate at which token pruning alone takes as many multiply-accumulates as a network: of the closest, the one above. */
export function rateOfEqualMacs(shape: Omit<NetworkShape, "keep">, after: readonly number[], macs: number): number {
  for (let thousandths = 1; thousandths < 1000; thousandths++) {
    const rate = thousandths / 1000;
    if (networkMacs({ ...shape, keep: 1, pruning: { after, rate } }) >= macs) return rate;
  }
  throw new DomainError(`rateOfEqualMacs: a network without pruning takes fewer than ${macs} multiply-accumulates`);
}
