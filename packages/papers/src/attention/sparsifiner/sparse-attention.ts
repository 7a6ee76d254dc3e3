import { maskedSoftmax } from "@paperworks/nn";
import {
  add,
  arange,
  DomainError,
  DTypeError,
  formatShape,
  gather,
  matmul,
  mul,
  reshape,
  ShapeError,
  softmax,
  squeeze,
  type Tensor,
  transpose,
  unsqueeze,
} from "@paperworks/tensor";
import { maskOf } from "./connectivity-mask.ts";

/** "masked" computes all scores and hides some, which trains fastest; "gathered" fetches the kept keys and values alone. */
export type SparseExecution = "masked" | "gathered";

/**
 * Attention over the kept keys of each query: softmax over j ∈ K_i of q_i k_jᵀ/√d, times v. Both executions give the same numbers;
 * the gathered one takes 2·m instead of 2·n products of width d a query.
 *
 * @param q [batch, heads, targets, d]
 * @param k [batch, heads, n, d]
 * @param v [batch, heads, n, d_v]
 * @param connectivity bool [..., targets, n], broadcast to the scores; or int32 [batch, heads, targets, m], places of m different keys
 * @returns output [batch, heads, targets, d_v]; weights [batch, heads, targets, n] masked and [batch, heads, targets, m] gathered
 * @throws ShapeError if shapes do not fit; DTypeError for a mask to gather by, which does not say how many keys a query has;
 *   DomainError for known places outside 0 … n − 1
 */
export function sparseAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  connectivity: Tensor,
  { execution = "masked" }: { execution?: SparseExecution } = {},
): { output: Tensor; weights: Tensor } {
  requireShapes(q, k, v, connectivity);
  const scaled = mul(q, 1 / Math.sqrt(q.shape[3]));
  if (execution === "gathered") return gathered(scaled, k, v, connectivity);
  const mask = connectivity.dtype === "bool" ? connectivity : maskOf(connectivity, k.shape[2]);
  const weights = maskedSoftmax(matmul(scaled, transpose(k)), mask);
  return { output: matmul(weights, v), weights };
}

function gathered(q: Tensor, k: Tensor, v: Tensor, indices: Tensor): { output: Tensor; weights: Tensor } {
  if (indices.dtype === "bool")
    throw new DTypeError("sparseAttention: gathered execution needs int32 places of the kept keys, got a bool mask");
  const [batch, heads, tokens] = k.shape;
  const starts = reshape(arange(batch * heads, { step: tokens, dtype: "int32" }), [batch, heads, 1, 1]);
  const places = add(indices, starts);
  /** [batch, heads, n, width] → [batch, heads, targets, m, width] */
  const fetch = (x: Tensor): Tensor => gather(reshape(x, [batch * heads * tokens, x.shape[3]]), places);
  const weights = softmax(squeeze(matmul(fetch(k), unsqueeze(q, -1)), -1));
  return { output: squeeze(matmul(unsqueeze(weights, -2), fetch(v)), -2), weights };
}

function requireShapes(q: Tensor, k: Tensor, v: Tensor, connectivity: Tensor): void {
  const [batch, heads, tokens, width] = k.shape;
  const leads = [q, k, v].every((x) => x.rank === 4 && x.shape[0] === batch && x.shape[1] === heads);
  if (!leads || q.shape[3] !== width || v.shape[2] !== tokens)
    throw new ShapeError(
      `sparseAttention: q [batch, heads, targets, d], k [batch, heads, n, d] and v [batch, heads, n, d_v], got ${[q, k, v].map(({ shape }) => formatShape(shape)).join(", ")}`,
    );
  const { dtype, shape, held } = connectivity;
  if (dtype !== "bool" && dtype !== "int32")
    throw new DTypeError(`sparseAttention: a bool mask or int32 places say what is kept, got ${dtype}`);
  const wanted = [batch, heads, q.shape[2]];
  const fits =
    dtype === "int32"
      ? connectivity.rank === 4 && wanted.every((n, axis) => shape[axis] === n)
      : shape.at(-1) === tokens && shape.at(-2) === q.shape[2];
  if (!fits)
    throw new ShapeError(
      dtype === "int32"
        ? `sparseAttention: places are [${wanted.join(", ")}, m], got ${formatShape(shape)}`
        : `sparseAttention: a mask is [..., ${q.shape[2]}, ${tokens}], got ${formatShape(shape)}`,
    );
  if (dtype !== "int32" || !held) return;
  const outside = held.find((place: number | bigint) => Number(place) < 0 || Number(place) >= tokens);
  if (outside !== undefined)
    throw new DomainError(`sparseAttention: places of keys are 0 … ${tokens - 1}, got ${outside}`);
}
