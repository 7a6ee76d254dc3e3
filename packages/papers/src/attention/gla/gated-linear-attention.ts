import { DomainError, ShapeError, type Tensor } from "@paperworks/tensor";
import { chunkForm } from "./chunk-form.ts";
import { parallelForm } from "./parallel-form.ts";
import { recurrentForm } from "./recurrent-form.ts";

/** Queries, keys and values of all heads, and the logarithm of the gates. */
export interface GlaInputs {
  /** Already scaled by 1/√d_k, [batch, heads, length, d_k] */
  readonly q: Tensor;
  /** [batch, heads, length, d_k] */
  readonly k: Tensor;
  /** [batch, heads, length, d_v] */
  readonly v: Tensor;
  /** log α ≤ 0, [batch, heads, length, d_k] */
  readonly logAlpha: Tensor;
}

export interface GlaResult {
  /** [batch, heads, length, d_v] */
  readonly output: Tensor;
  /** S behind the last token, [batch, heads, d_k, d_v] */
  readonly state: Tensor;
}

export type GlaForm = "recurrent" | "parallel" | "chunk";

export interface GlaOptions {
  /** "chunk" when absent; the three agree. */
  form?: GlaForm;
  /** C, the length of a chunk. */
  chunk?: number;
  /** c, the length of a sub-chunk; a divisor of C. */
  subChunk?: number;
  /** S before the first token, [batch, heads, d_k, d_v]; zeros when absent. */
  initialState?: Tensor;
  /** Compute the work inside each chunk again in the backward pass: a third of the memory, 1.2 to 1.5 times the time. */
  checkpoint?: boolean;
}

/**
 * Linear attention with a forget gate of its own for each dimension of the keys:
 *
 *   S_t = diag(α_t) S_{t−1} + k_tᵀ v_t        o_t = (q_t/√d_k) S_t
 *
 * Source: "Gated Linear Attention Transformers with Hardware-Efficient Training", section 4.
 *
 * @param q        [batch, heads, length, d_k]
 * @param k        [batch, heads, length, d_k]
 * @param v        [batch, heads, length, d_v]
 * @param logAlpha [batch, heads, length, d_k], not above 0
 * @throws ShapeError if the shapes do not fit
 * @throws DomainError if a known gate is above 1, or a chunk is no multiple of its sub-chunks
 */
export function gatedLinearAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  logAlpha: Tensor,
  { form = "chunk", chunk = 64, subChunk = 16, initialState, checkpoint = false }: GlaOptions = {},
): GlaResult {
  requireShapes({ q, k, v, logAlpha }, initialState);
  requireGates(logAlpha);
  const inputs = { q: q.mul(1 / Math.sqrt(q.shape[3])), k, v, logAlpha };
  switch (form) {
    case "recurrent":
      return recurrentForm(inputs, initialState);
    case "parallel":
      return parallelForm(inputs, initialState);
    case "chunk":
      return chunkForm(inputs, { chunk, subChunk, initialState, checkpoint });
    default:
      throw new DomainError(`gatedLinearAttention: the form is "recurrent", "parallel" or "chunk", not "${form}"`);
  }
}

function requireShapes({ q, k, v, logAlpha }: GlaInputs, initialState?: Tensor): void {
  const show = (t: Tensor): string => `[${t.shape.join(", ")}]`;
  const [batch, heads, length, keyWidth] = q.shape;
  const same = (t: Tensor, shape: readonly number[]): boolean =>
    t.shape.length === shape.length && t.shape.every((n, axis) => n === shape[axis]);
  if (q.rank !== 4 || !same(k, q.shape) || !same(logAlpha, q.shape))
    throw new ShapeError(
      `gatedLinearAttention: q, k and logAlpha are [batch, heads, length, d_k], got ${show(q)}, ${show(k)} and ${show(logAlpha)}`,
    );
  if (v.rank !== 4 || !same(v, [batch, heads, length, v.shape[3]]))
    throw new ShapeError(`gatedLinearAttention: v is [${batch}, ${heads}, ${length}, d_v], got ${show(v)}`);
  if (length === 0) throw new ShapeError("gatedLinearAttention needs at least one token");
  if (initialState && !same(initialState, [batch, heads, keyWidth, v.shape[3]]))
    throw new ShapeError(
      `gatedLinearAttention: the state is [${batch}, ${heads}, ${keyWidth}, ${v.shape[3]}], got ${show(initialState)}`,
    );
}

/** Gates that are known already must not be above 1; what a program computes cannot be looked at here. */
function requireGates({ held, shape }: Tensor): void {
  const first = held ? held.findIndex((value: number | bigint) => Number(value) > 0) : -1;
  if (!held || first < 0) return;
  const place: number[] = [];
  let rest = first;
  for (const n of shape.toReversed()) {
    place.unshift(rest % n);
    rest = Math.floor(rest / n);
  }
  throw new DomainError(`gatedLinearAttention: log α is at most 0, got ${held[first]} at [${place.join(", ")}]`);
}
