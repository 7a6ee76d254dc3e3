import {
  add,
  concat,
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

/** 1 where row start + i may read column j ≤ start + i, [end − start, end]. */
function causalRows(start: number, end: number, dtype: Tensor["dtype"]): Tensor {
  const ones = new Float32Array((end - start) * end);
  for (let i = 0; i < end - start; i++) ones.fill(1, i * end, i * end + start + i + 1);
  return fromArray(ones, [end - start, end]).cast(dtype);
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
  return mul(scores, causalRows(0, q.shape[q.rank - 2], q.dtype));
}

/** Rows of scores computed at a time: over the keys up to their own end, which halves the work, as products of a matrix and a vector. */
const rows = 16;

/**
 * All tokens at once: O = P V, and the initial state decayed to each token. P as in `logSpaceScores`, in blocks of rows over the keys
 * up to their end, which is the fastest way of it that is known here.
 */
export function parallelForm(inputs: GlaInputs, initialState?: Tensor): GlaResult {
  const { q, k, v, logAlpha } = inputs;
  const length = q.shape[2];
  const b = cumSum(logAlpha, 2);
  const before = stateBefore(inputs, initialState);
  const last = slice(b, [{ axis: 2, start: length - 1 }]);
  const blocks = Array.from({ length: Math.ceil(length / rows) }, (_, i) => {
    const [start, end] = [i * rows, Math.min((i + 1) * rows, length)];
    const own = (x: Tensor): Tensor => slice(x, [{ axis: 2, start, end }]);
    const upTo = (x: Tensor): Tensor => slice(x, [{ axis: 2, end }]);
    // Above the diagonal the exponent would be positive; there the mask makes the score 0.
    const decay = exp(minimum(sub(unsqueeze(own(b), -2), unsqueeze(upTo(b), -3)), 0));
    const scores = squeeze(matmul(mul(unsqueeze(upTo(k), -3), decay), unsqueeze(own(q), -1)), -1);
    return matmul(mul(scores, causalRows(start, end, q.dtype)), upTo(v));
  });
  const output = add(blocks.length === 1 ? blocks[0] : concat(blocks, 2), matmul(mul(q, exp(b)), before));
  const kept = mul(unsqueeze(squeeze(exp(last), 2), -1), before);
  return { output, state: add(kept, matmul(transpose(mul(k, exp(sub(last, b)))), v)) };
}
