import {
  add,
  arange,
  concat,
  DomainError,
  full,
  less,
  matmul,
  mul,
  pad,
  requireWhole,
  reshape,
  ShapeError,
  slice,
  softmax,
  sub,
  type Tensor,
  transpose,
  where,
  zeros,
} from "@paperworks/tensor";
import { causalBias, unseen } from "./causal-bias.ts";
import { toeplitz } from "./circle.ts";

export interface ChunkedAttentionOptions {
  /** c, tokens of a chunk. */
  chunk: number;
  /** b_{j−i} for j − i = −(c − 1) … c − 1, added to the scores, [2c − 1]. */
  bias?: Tensor;
  /** No token sees a later one. */
  causal?: boolean;
}

/**
 * Attention inside consecutive chunks of c tokens, which do not see each other:
 *
 *   o_i = Σ_j softmax_j(q_i·k_j/√z + b_{j−i}) v_j
 *
 * O(L c). The last chunk may be shorter.
 *
 * @param q    [batch, length, z]
 * @param k    [batch, length, z]
 * @param v    [batch, length, width]
 * @returns    [batch, length, width]
 * @throws ShapeError if the shapes do not fit, DomainError for a chunk below 1
 */
export function chunkedAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { chunk, bias, causal = true }: ChunkedAttentionOptions,
): Tensor {
  requireOperands(q, k, v, chunk, bias);
  const [batch, length, z] = q.shape;
  const rows = Math.min(chunk, length);
  const count = Math.ceil(length / rows);
  const missing = count * rows - length;
  const inChunks = (x: Tensor): Tensor =>
    reshape(pad(x, [{ axis: 1, before: 0, after: missing }]), [batch, count, rows, x.shape[2]]);
  let scores = matmul(inChunks(mul(q, 1 / Math.sqrt(z))), transpose(inChunks(k)));
  if (bias) scores = add(scores, biasMatrix(bias, chunk, rows));
  if (causal) scores = add(scores, causalBias(rows, rows, { dtype: q.dtype }));
  // Padding stands behind all tokens: a causal chunk never sees it.
  else if (missing > 0) scores = add(scores, paddingBias(count, rows, missing, q.dtype));
  const seen = reshape(matmul(softmax(scores), inChunks(v)), [batch, count * rows, v.shape[2]]);
  return missing === 0 ? seen : slice(seen, [{ axis: 1, end: length }]);
}

/** b_{j−i} at row i and column j of the first `rows` tokens. */
function biasMatrix(bias: Tensor, chunk: number, rows: number): Tensor {
  const behind = slice(bias, [{ axis: 0, start: chunk - 1, end: chunk - 1 + rows }]);
  const before = slice(bias, [{ axis: 0, start: chunk - rows, end: chunk - 1 }]);
  return toeplitz(concat([behind, zeros([1], bias.dtype), before], 0));
}

/** −10³⁰ over the padding at the end of the last chunk, [count, 1, rows] */
function paddingBias(count: number, rows: number, missing: number, dtype: Tensor["dtype"]): Tensor {
  const place = reshape(arange(count * rows), [count, 1, rows]);
  return where(less(place, count * rows - missing), zeros([1], dtype), full([1], unseen, dtype));
}

/** Keys and values of the chunk so far, the newest last: [batch, c − 1, width]; how many they are, int32 []. */
export type ChunkState = { readonly keys: Tensor; readonly values: Tensor; readonly filled: Tensor };

export const emptyChunk = (batch: number, chunk: number, keyWidth: number, valueWidth: number): ChunkState => ({
  keys: zeros([batch, chunk - 1, keyWidth]),
  values: zeros([batch, chunk - 1, valueWidth]),
  filled: zeros([], "int32"),
});

/**
 * Causal chunked attention of one token.
 *
 * @param q [batch, z] @param k [batch, z] @param v [batch, width]
 * @returns output [batch, width], and the chunk behind it, empty where the token was its last
 */
export function chunkedAttentionStep(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { keys, values, filled }: ChunkState,
  bias?: Tensor,
): { output: Tensor; state: ChunkState } {
  const [batch, places, z] = keys.shape;
  const own = (x: Tensor): Tensor => reshape(x, [batch, 1, x.shape[1]]);
  const allKeys = concat([keys, own(k)], 1);
  const allValues = concat([values, own(v)], 1);
  let scores = matmul(own(mul(q, 1 / Math.sqrt(z))), transpose(allKeys));
  // The newest stand last: their distances are −(c − 1) … 0.
  if (bias) scores = add(scores, slice(bias, [{ axis: 0, end: places + 1 }]));
  const age = sub(places, arange(places + 1));
  const seen = where(less(filled, age), unseen, scores);
  const output = reshape(matmul(softmax(seen), allValues), [batch, v.shape[1]]);
  const push = (x: Tensor): Tensor => slice(x, [{ axis: 1, start: 1 }]);
  const next = where(less(filled, places), add(filled, 1), 0);
  return { output, state: { keys: push(allKeys), values: push(allValues), filled: next } };
}

function requireOperands(q: Tensor, k: Tensor, v: Tensor, chunk: number, bias: Tensor | undefined): void {
  requireWhole("chunkedAttention: chunk", chunk, 1);
  const show = ({ shape }: Tensor): string => `[${shape.join(", ")}]`;
  const same = q.rank === 3 && k.rank === 3 && q.shape.every((n, axis) => n === k.shape[axis]);
  if (!same) throw new ShapeError(`chunkedAttention: q and k are [batch, length, z], got ${show(q)} and ${show(k)}`);
  if (v.rank !== 3 || v.shape[0] !== q.shape[0] || v.shape[1] !== q.shape[1])
    throw new ShapeError(`chunkedAttention: v is [${q.shape[0]}, ${q.shape[1]}, width], got ${show(v)}`);
  if (q.shape[1] === 0) throw new DomainError("chunkedAttention needs at least one token");
  if (bias && (bias.rank !== 1 || bias.shape[0] !== 2 * chunk - 1))
    throw new ShapeError(`chunkedAttention: a bias for chunks of ${chunk} is [${2 * chunk - 1}], got ${show(bias)}`);
}
