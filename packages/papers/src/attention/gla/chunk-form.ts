import {
  add,
  concat,
  cumSum,
  DomainError,
  exp,
  fromArray,
  matmul,
  mul,
  pad,
  permute,
  requireWhole,
  reshape,
  scan,
  slice,
  sub,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";
import type { GlaInputs, GlaResult } from "./gated-linear-attention.ts";
import { logSpaceScores } from "./parallel-form.ts";
import { stateBefore } from "./recurrent-form.ts";

interface ChunkOptions {
  chunk: number;
  subChunk: number;
  initialState?: Tensor;
  checkpoint: boolean;
}

/**
 * Chunks of C tokens, so that almost all work is matrix products. With β the logarithms of the gates summed up inside the chunk
 * and γ the last of them:
 *
 *   S ← diag(e^γ) S + (K ⊙ e^{γ − β})ᵀ V        O = (Q ⊙ e^β) S + P V
 *
 * Every exponent is at most 0: no quotient of products of gates is formed, and none overflows.
 */
export function chunkForm(inputs: GlaInputs, options: ChunkOptions): GlaResult {
  const { chunk, subChunk } = options;
  requireWhole("gatedLinearAttention: chunk", chunk, 1);
  requireWhole("gatedLinearAttention: subChunk", subChunk, 1);
  if (chunk % subChunk !== 0)
    throw new DomainError(`gatedLinearAttention: a chunk of ${chunk} is no multiple of its sub-chunks of ${subChunk}`);
  const length = inputs.q.shape[2];
  const count = Math.ceil(length / chunk);
  // Padding has keys of 0 and gates of 1: it changes no state.
  const inChunks = (x: Tensor): Tensor => {
    const whole = pad(x, [{ axis: 2, before: 0, after: count * chunk - length }]);
    return reshape(whole, [x.shape[0], x.shape[1], count, chunk, x.shape[3]]);
  };
  const [q, k, v, logAlpha] = [inputs.q, inputs.k, inputs.v, inputs.logAlpha].map(inChunks);
  const before = stateBefore(inputs, options.initialState);
  const { output, state } = options.checkpoint
    ? chunkByChunk({ q, k, v, logAlpha }, before, subChunk)
    : chunksAtOnce({ q, k, v, logAlpha }, before, subChunk);
  const joined = reshape(output, [v.shape[0], v.shape[1], count * chunk, v.shape[4]]);
  return { output: count * chunk === length ? joined : slice(joined, [{ axis: 2, end: length }]), state };
}

/** What a chunk needs of the state before it, and what it adds to it. */
function chunkParts({ q, k, v, logAlpha }: GlaInputs, subChunk: number) {
  const axis = logAlpha.rank - 2;
  const beta = cumSum(logAlpha, axis);
  const gamma = slice(beta, [{ axis, start: beta.shape[axis] - 1 }]);
  return {
    /** Q ⊙ e^β */
    queries: mul(q, exp(beta)),
    /** e^γ as a column, [..., d_k, 1] */
    decay: transpose(exp(gamma)),
    /** (K ⊙ e^{γ − β})ᵀ V, [..., d_k, d_v] */
    added: matmul(transpose(mul(k, exp(sub(gamma, beta)))), v),
    /** P V */
    within: withinChunk({ q, k, v, logAlpha: beta }, subChunk),
  };
}

/** The work inside all chunks at once; only the states go from chunk to chunk. */
function chunksAtOnce(inputs: GlaInputs, before: Tensor, subChunk: number): GlaResult {
  const { queries, decay, added, within } = chunkParts(inputs, subChunk);
  const byChunk = (x: Tensor): Tensor => permute(x, [2, 0, 1, 3, 4]);
  const { carry, outputs: states } = scan(
    (state: Tensor, chunk: { decay: Tensor; added: Tensor }) => ({
      carry: add(mul(chunk.decay, state), chunk.added),
      output: state,
    }),
    before,
    { decay: byChunk(decay), added: byChunk(added) },
  );
  return { output: add(matmul(queries, permute(states, [1, 2, 0, 3, 4])), within), state: carry };
}

/** One chunk after another, each computed again in the backward pass. */
function chunkByChunk(inputs: GlaInputs, before: Tensor, subChunk: number): GlaResult {
  const byChunk = (x: Tensor): Tensor => permute(x, [2, 0, 1, 3, 4]);
  const { q, k, v, logAlpha } = inputs;
  const { carry, outputs } = scan(
    (state: Tensor, chunk: { q: Tensor; k: Tensor; v: Tensor; logAlpha: Tensor }) => {
      const { queries, decay, added, within } = chunkParts(chunk, subChunk);
      return { carry: add(mul(decay, state), added), output: add(matmul(queries, state), within) };
    },
    before,
    { q: byChunk(q), k: byChunk(k), v: byChunk(v), logAlpha: byChunk(logAlpha) },
    { rematerialise: true },
  );
  return { output: permute(outputs, [1, 2, 0, 3, 4]), state: carry };
}

/**
 * P V of a chunk by sub-chunks of c tokens. A sub-chunk I reads an earlier one J over the boundary z_I, β at the start of I:
 *
 *   P_IJ = (Q_I ⊙ e^{β_I − z_I}) (K_J ⊙ e^{z_I − β_J})ᵀ    with    e^{z_I − β_J} = e^{z_{J+1} − β_J} · e^{z_I − z_{J+1}}
 *
 * which takes the exponentials of keys once for all I; zeros in the last factor stand for J ≥ I. The diagonal blocks are computed
 * in log space.
 *
 * @param inputs q, k, v and, as logAlpha, β: [..., C, d]
 * @returns      [..., C, d_v]
 */
function withinChunk({ q, k, v, logAlpha: beta }: GlaInputs, c: number): Tensor {
  const lead = q.shape.slice(0, -2);
  const [chunk, keyWidth] = q.shape.slice(-2);
  const count = chunk / c;
  const split = (x: Tensor): Tensor => reshape(x, [...lead, count, c, x.shape[x.rank - 1]]);
  const [qs, ks, vs, bs] = [q, k, v, beta].map(split);
  const diagonal = matmul(logSpaceScores(qs, ks, bs), vs);
  const joined = reshape(diagonal, [...lead, chunk, v.shape[v.rank - 1]]);
  if (count === 1) return joined;
  const axis = bs.rank - 2;
  // β at the end of each sub-chunk, [..., count, 1, d_k], and at its start.
  const ends = slice(bs, [{ axis, start: c - 1 }]);
  const starts = concat(
    [zeros([...lead, 1, 1, keyWidth], beta.dtype), slice(ends, [{ axis: axis - 1, end: count - 1 }])],
    axis - 1,
  );
  const queries = mul(qs, exp(sub(bs, starts)));
  const keys = mul(ks, exp(sub(ends, bs)));
  // e^{z_I − z_{J+1}} for J < I, [..., I, J, d_k]
  const earlier = fromArray(
    Float32Array.from({ length: count * count }, (_, i) => (i % count < Math.floor(i / count) ? 1 : 0)),
    [count, count, 1],
  ).cast(beta.dtype);
  const between = mul(sub(starts, reshape(ends, [...lead, 1, count, keyWidth])), earlier);
  const carried = mul(exp(between), earlier);
  const reached = mul(unsqueeze(keys, axis - 1), unsqueeze(carried, -2));
  const scores = matmul(queries, transpose(reshape(reached, [...lead, count, chunk, keyWidth])));
  const others = matmul(scores, unsqueeze(v, axis - 1));
  return add(joined, reshape(others, [...lead, chunk, v.shape[v.rank - 1]]));
}
