import {
  add,
  div,
  exp,
  full,
  maximum,
  mul,
  type Shape,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";

/**
 * What softmax attention with one query needs to know of a set A of tokens:
 *
 *   m = max_{i∈A} s_i        u = Σ_{i∈A} e^{s_i − m}        w = Σ_{i∈A} e^{s_i − m} v_i        output o = w/u
 *
 * Source: "Attention as an RNN", section 3.2.
 */
export type AttentionState = {
  /** [...shape] */
  readonly m: Tensor;
  /** [...shape] */
  readonly u: Tensor;
  /** [...shape, dim] */
  readonly w: Tensor;
};

/** −∞ as a number: e^{−10³⁰ − m} is 0, and (−10³⁰) − (−10³⁰) is 0, not NaN. */
export const nothing = -1e30;

/** The state of no token, the identity of ⊕: (−10³⁰, 0, 0). @param shape of m and u; w has one more axis of length `dim` */
export function attentionIdentity(shape: Shape, dim: number, { dtype }: Pick<Tensor, "dtype"> = { dtype: "float32" }) {
  return { m: full(shape, nothing, dtype), u: zeros(shape, dtype), w: zeros([...shape, dim], dtype) };
}

/**
 * The state of single tokens: (s, 1, v). The maximum cancels in o = w/u, so no derivative goes through it; that of the
 * score goes through u = e^{s − m} and w = e^{s − m} v, whose values here are 1 and v.
 *
 * @param scores [...shape]       s
 * @param values [...shape, dim]  v
 */
export function attentionElements(scores: Tensor, values: Tensor): AttentionState {
  const m = stopGradient(scores);
  const u = exp(sub(scores, m));
  return { m, u, w: mul(values, unsqueeze(u, -1)) };
}

/**
 * The state of the union of two sets that share no token:
 *
 *   (m_A, u_A, w_A) ⊕ (m_B, u_B, w_B) = (m, u_A e^{m_A − m} + u_B e^{m_B − m}, w_A e^{m_A − m} + w_B e^{m_B − m})
 *
 * with m = max(m_A, m_B). Associative and commutative; `attentionIdentity` is its identity.
 */
export function mergeAttention(a: AttentionState, b: AttentionState): AttentionState {
  const [mA, mB] = [stopGradient(a.m), stopGradient(b.m)];
  const m = maximum(mA, mB);
  const [scaleA, scaleB] = [exp(sub(mA, m)), exp(sub(mB, m))];
  return {
    m,
    u: add(mul(a.u, scaleA), mul(b.u, scaleB)),
    w: add(mul(a.w, unsqueeze(scaleA, -1)), mul(b.w, unsqueeze(scaleB, -1))),
  };
}

/** o = w/u. @returns [...shape, dim] */
export const attentionOutput = ({ u, w }: AttentionState): Tensor => div(w, unsqueeze(u, -1));
