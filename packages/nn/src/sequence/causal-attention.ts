import { add, concat, matmul, requireWhole, softmax, split, type Tensor, transpose } from "@paperworks/tensor";
import { causalBias } from "./causal-bias.ts";

export interface CausalAttentionOptions {
  /** Rows of a block; when absent a quarter of the length, at most 256, and one block for less than 256 tokens. */
  block?: number;
  /** What becomes of the weights before they meet the values: dropout. */
  onWeights?: (weights: Tensor) => Tensor;
}

/**
 * Causal softmax attention in blocks of queries, each over the keys up to its own end: down to half the products of the whole
 * matrix, and no more than a block of scores at a time.
 *
 * @param q scaled, [batch, heads, length, width]
 * @param k [batch, heads, length, width]
 * @param v [batch, heads, length, width of values]
 * @returns [batch, heads, length, width of values]
 */
export function causalAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { block = usualBlock(q.shape[2]), onWeights = (weights) => weights }: CausalAttentionOptions = {},
): Tensor {
  requireWhole("causalAttention: block", block, 1);
  const length = q.shape[2];
  const rows = Array.from({ length: Math.max(1, Math.ceil(length / block)) }, (_, i) =>
    Math.min(block, length - i * block),
  );
  // Parts side by side, not ranges that overlap: what flows back to a key from several blocks is added up over its part alone.
  const [queries, keys, values] = [q, k, v].map((x) => split(x, rows, 2));
  const seen = queries.map((own, i) => {
    const [upTo, ofThem] = [keys, values].map((parts) => concat(parts.slice(0, i + 1), 2));
    const start = i * block;
    const bias = causalBias(rows[i], start + rows[i], { start, dtype: q.dtype });
    return matmul(onWeights(softmax(add(matmul(own, transpose(upTo)), bias))), ofThem);
  });
  return concat(seen, 2);
}

/** Small blocks spare more products, large ones more calls of the runtime. Measured in training steps of 128 to 1,024 tokens. */
const usualBlock = (length: number): number =>
  Math.max(1, length < 256 ? length : Math.min(256, Math.ceil(length / 4)));
