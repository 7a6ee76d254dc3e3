import { alias, cumSum, customVjp, flip, grad, mul, sub, sum, type Tensor } from "@paperworks/tensor";
import { type GlaOptions, gatedLinearAttention } from "./gated-linear-attention.ts";

/**
 * Gated linear attention whose gates get their gradient by the closed form, from the gradients of queries and keys alone:
 *
 *   ∂log b_t = q_t ⊙ ∂q_t − k_t ⊙ ∂k_t        ∂log α_t = Σ_{s ≥ t} ∂log b_s
 *
 * The work of each chunk is done again in the backward pass, so that nothing but the inputs and a state a chunk is kept. Only the
 * output carries a gradient, and the memory before the first token is empty.
 *
 * Source: "Gated Linear Attention Transformers with Hardware-Efficient Training", section 4.3 and its appendix.
 *
 * @param q, k, logAlpha [batch, heads, length, d_k] @param v [batch, heads, length, d_v]
 * @returns [batch, heads, length, d_v]
 */
export function closedFormAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  logAlpha: Tensor,
  options: Pick<GlaOptions, "chunk" | "subChunk"> = {},
): Tensor {
  const attend = (...inputs: [Tensor, Tensor, Tensor, Tensor]): Tensor =>
    gatedLinearAttention(...inputs, { ...options, form: "chunk", checkpoint: true }).output;
  return customVjp({
    forward: (...inputs) => ({ outputs: [attend(...(inputs as Parameters<typeof attend>))], residuals: inputs }),
    backward(inputs, [g]) {
      if (!g) return [undefined, undefined, undefined, undefined];
      // Uses of their own: where a key depends on a query, its gradient is not the query's.
      const [queries, keys, values] = inputs.slice(0, 3).map(alias);
      const [dq, dk, dv] = grad(sum(mul(attend(queries, keys, values, inputs[3]), g)), [queries, keys, values]);
      const flow = sub(mul(queries, dq), mul(keys, dk));
      return [dq, dk, dv, flip(cumSum(flip(flow, 2), 2), 2)];
    },
  })(q, k, v, logAlpha)[0];
}
