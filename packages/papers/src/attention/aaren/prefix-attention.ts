import {
  add,
  associativeScan,
  DomainError,
  exp,
  fromArray,
  matmul,
  max,
  NonFiniteError,
  pad,
  permute,
  requireWhole,
  reshape,
  ShapeError,
  scan,
  slice,
  softmax,
  stopGradient,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "@paperworks/tensor";
import {
  type AttentionState,
  attentionElements,
  attentionIdentity,
  attentionOutput,
  mergeAttention,
  nothing,
} from "./attention-state.ts";

/**
 * How the outputs of all prefixes are computed; the values are the same.
 *
 * - `scan`: parallel prefix scan over ⊕, ⌈log₂ N⌉ vectorised steps, O(N log N) work
 * - `recurrent`: one token after the other, O(N) work in N steps
 * - `block`: b tokens at a time; the memory of a step is that of a block
 * - `matrix`: softmax over the rows of an N × N matrix under a causal mask, O(N²) work in one step
 */
export type PrefixAttentionForm = "scan" | "recurrent" | "block" | "matrix";

export interface PrefixAttentionOptions {
  form?: PrefixAttentionForm;
  /** Tokens in a block of the block form. */
  block?: number;
}

/**
 * Attention of one query over every prefix: o_k = Σ_{i≤k} e^{s_i} v_i / Σ_{i≤k} e^{s_i}.
 *
 * The maximum that keeps e^{s} in range is that of the prefix: with the maximum of the whole sequence the sums of early
 * prefixes would underflow.
 *
 * @param scores [batch, heads, length]       s = q·k/√d
 * @param values [batch, heads, length, dim]  v
 * @returns      [batch, heads, length, dim]  o_1 … o_length
 * @throws ShapeError for shapes that do not fit, or no token
 * @throws NonFiniteError if the scores hold values already (not inside a program) and one is NaN
 * Source: "Attention as an RNN", sections 3.1-3.2; W. D. Hillis and G. L. Steele, "Data parallel algorithms", 1986.
 */
export function prefixAttention(
  scores: Tensor,
  values: Tensor,
  { form = "scan", block = 16 }: PrefixAttentionOptions = {},
): Tensor {
  checkInputs(scores, values);
  switch (form) {
    case "scan":
      return attentionOutput(prefixStates(scores, values));
    case "recurrent":
      return recurrentForm(scores, values);
    case "block":
      return blockForm(scores, values, block);
    case "matrix":
      return matrixForm(scores, values);
    default:
      throw new DomainError(`prefixAttention: form is scan, recurrent, block or matrix, not ${String(form)}`);
  }
}

function checkInputs(scores: Tensor, values: Tensor): void {
  const [s, v] = [scores.shape, values.shape];
  if (s.length !== 3 || v.length !== 4 || s.some((n, axis) => n !== v[axis]))
    throw new ShapeError(
      `prefixAttention takes scores [batch, heads, length] and values [batch, heads, length, dim], got [${s.join(", ")}] and [${v.join(", ")}]`,
    );
  if (s[2] === 0) throw new ShapeError(`prefixAttention needs at least one token, got scores [${s.join(", ")}]`);
  const { held } = scores.resolve();
  const at = held ? Array.prototype.findIndex.call(held, Number.isNaN) : -1;
  if (at >= 0) throw new NonFiniteError(`prefixAttention: score ${at} of [${s.join(", ")}] is NaN`);
}

/** The states of all prefixes by the parallel scan. @returns m, u [batch, heads, length], w [batch, heads, length, dim] */
export function prefixStates(scores: Tensor, values: Tensor): AttentionState {
  const identity = attentionIdentity([1, 1, 1], 1, scores);
  return associativeScan<AttentionState>(mergeAttention, attentionElements(scores, values), identity, { axis: 2 });
}

/** o_k from o_{k−1}'s state: m_k = max(m_{k−1}, s_k), u_k = u_{k−1} e^{m_{k−1} − m_k} + e^{s_k − m_k}, w_k likewise. */
function recurrentForm(scores: Tensor, values: Tensor): Tensor {
  const [batch, heads, , dim] = values.shape;
  const step = (carry: AttentionState, x: { s: Tensor; v: Tensor }) => {
    const next = mergeAttention(carry, attentionElements(x.s, x.v));
    return { carry: next, output: attentionOutput(next) };
  };
  const tokens = { s: permute(scores, [2, 0, 1]), v: permute(values, [2, 0, 1, 3]) };
  const { outputs } = scan(step, attentionIdentity([batch, heads], dim, scores), tokens);
  return permute(outputs, [1, 2, 0, 3]);
}

/** Prefixes inside a block by a mask, merged with the state of all blocks before. */
function blockForm(scores: Tensor, values: Tensor, block: number): Tensor {
  requireWhole("prefixAttention: block", block, 1);
  const [batch, heads, length, dim] = values.shape;
  const blocks = Math.ceil(length / block);
  const missing = [{ axis: 2, before: 0, after: blocks * block - length }];
  const s = reshape(pad(scores, missing, nothing), [batch, heads, blocks, block]);
  const v = reshape(pad(values, missing), [batch, heads, blocks, block, dim]);
  const step = (carry: AttentionState, x: { s: Tensor; v: Tensor }) => {
    const all = mergeAttention(
      { m: unsqueeze(carry.m, -1), u: unsqueeze(carry.u, -1), w: unsqueeze(carry.w, -2) },
      maskedStates(x.s, x.v),
    );
    const last = (t: Tensor) =>
      reshape(slice(t, [{ axis: 2, start: block - 1, end: block }]), [batch, heads, ...t.shape.slice(3)]);
    return { carry: { m: last(all.m), u: last(all.u), w: last(all.w) }, output: attentionOutput(all) };
  };
  const { outputs } = scan(step, attentionIdentity([batch, heads], dim, scores), {
    s: permute(s, [2, 0, 1, 3]),
    v: permute(v, [2, 0, 1, 3, 4]),
  });
  const joined = reshape(permute(outputs, [1, 2, 0, 3, 4]), [batch, heads, blocks * block, dim]);
  return slice(joined, [{ axis: 2, start: 0, end: length }]);
}

/** States of all prefixes of a block by its lower triangle. @param s [batch, heads, b] @param v [batch, heads, b, dim] */
function maskedStates(s: Tensor, v: Tensor): AttentionState {
  const shown = add(unsqueeze(s, -2), causalBias(s));
  const m = stopGradient(max(shown, -1, { keepDims: true }));
  const weights = exp(sub(shown, m));
  return { m: reshape(m, s.shape), u: sum(weights, -1), w: matmul(weights, v) };
}

function matrixForm(scores: Tensor, values: Tensor): Tensor {
  return matmul(softmax(add(unsqueeze(scores, -2), causalBias(scores))), values);
}

const triangles = new Map<number, Float32Array>();

/** 0 on and below the diagonal and −10³⁰ above, [length, length]; kept, so that a program is given the same array at each run. */
function causalBias({ shape, dtype }: Tensor): Tensor {
  const length = shape[shape.length - 1];
  let bias = triangles.get(length);
  if (!bias) {
    bias = new Float32Array(length * length);
    for (let i = 0; i < length; i++) bias.fill(nothing, i * length + i + 1, (i + 1) * length);
    if (triangles.size >= 16) triangles.delete(triangles.keys().next().value as number);
    triangles.set(length, bias);
  }
  return fromArray(bias, [length, length]).cast(dtype);
}
