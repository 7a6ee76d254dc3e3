import {
  add,
  cumSum,
  exp,
  fromArray,
  matmul,
  minimum,
  mul,
  slice,
  squeeze,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
} from "@paperworks/tensor";
import type { GlaInputs, GlaResult } from "./gated-linear-attention.ts";
import { stateBefore } from "./recurrent-form.ts";

/** 1 on and below the diagonal, [length, length]. */
export function causalOnes(length: number, dtype: Tensor["dtype"]): Tensor {
  const ones = new Float32Array(length * length);
  for (let i = 0; i < length; i++) ones.fill(1, i * length, i * length + i + 1);
  return fromArray(ones, [length, length]).cast(dtype);
}

/**
 * The scores of a stretch of tokens against itself in log space, elementwise, so that no product of gates is divided by another:
 *
 *   P_ij = Σ_c q_ic k_jc exp(b_ic − b_jc) for i ≥ j,    b = Σ_{t ≤ i} log α_t
 *
 * O(length² d_k) numbers.
 *
 * @param q, k, b [..., length, d_k] @returns [..., length, length]
 */
export function logSpaceScores(q: Tensor, k: Tensor, b: Tensor): Tensor {
  // Above the diagonal the exponent would be positive; there the mask makes the score 0.
  const decay = exp(minimum(sub(unsqueeze(b, -2), unsqueeze(b, -3)), 0));
  const scores = sum(mul(mul(unsqueeze(q, -2), unsqueeze(k, -3)), decay), -1);
  return mul(scores, causalOnes(q.shape[q.rank - 2], q.dtype));
}

/** All tokens at once: O = P V, and the initial state decayed to each token. */
export function parallelForm(inputs: GlaInputs, initialState?: Tensor): GlaResult {
  const { q, k, v, logAlpha } = inputs;
  const length = q.shape[2];
  const b = cumSum(logAlpha, 2);
  const before = stateBefore(inputs, initialState);
  const last = slice(b, [{ axis: 2, start: length - 1 }]);
  const output = add(matmul(logSpaceScores(q, k, b), v), matmul(mul(q, exp(b)), before));
  const kept = mul(unsqueeze(squeeze(exp(last), 2), -1), before);
  return { output, state: add(kept, matmul(transpose(mul(k, exp(sub(last, b)))), v)) };
}
