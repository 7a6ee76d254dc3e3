import {
  type ChunkState,
  chunkedAttention,
  chunkedAttentionStep,
  emptyChunk,
  init,
  initialParameter,
  LayerNorm,
  Module,
  type SequenceCore,
} from "@paperworks/nn";
import { add, DomainError, mul, type Parameter, requireWhole, type Tensor, type Tree } from "@paperworks/tensor";
import { type Mix, type MixOptions, mixOf } from "./mix.ts";

export interface ChunkedBlockOptions extends MixOptions {
  mix: Mix;
  /** z, width of queries and keys. */
  attentionWidth?: number;
  /** e, width of values; 2·dim when absent. */
  valueWidth?: number;
  /** c, tokens of a chunk. */
  chunk: number;
  /** Of γ; MEGA's N(0, 0.02²) when absent. A short training goes better from 1. */
  scale?: init.Initializer;
  /** Of all weights; MEGA's N(0, 0.02²) when absent, which suits widths of some hundreds. */
  weights?: init.Initializer;
}

/** The mix so far, and keys and values of the chunk so far. */
export type ChunkedBlockState = { readonly mix: Tree; readonly chunk: ChunkState };

/** N(0, 0.02²) */
export const small = (): init.Initializer => init.normal({ std: 0.02 });

/** What a block computes of a token before its chunk attends: z̃ and v for the attention, and what comes after it needs. */
export interface Projected<Rest> {
  /** [..., z] */
  readonly shared: Tensor;
  /** [..., e] */
  readonly v: Tensor;
  readonly rest: Rest;
}

/**
 * A block that smooths the whole sequence and attends inside chunks of it. With x̂ = LayerNorm(x) and m = Mix(x̂), queries and keys
 * come from one narrow projection z̃ of m, each with a scale and a shift of its own:
 *
 *   q = z̃ ⊙ γ₁ + β₁        k = z̃ ⊙ γ₂ + β₂        a = softmax(q kᵀ/√z + b_{j−i}) v inside chunks of c tokens
 *
 * Only the mix carries anything from one chunk to the next.
 */
export abstract class ChunkedBlock<Rest> extends Module implements SequenceCore<ChunkedBlockState> {
  readonly dim: number;
  readonly attentionWidth: number;
  readonly valueWidth: number;
  readonly chunk: number;
  readonly causal: boolean;
  readonly norm: LayerNorm;
  readonly mix: SequenceCore;
  /** γ₁, γ₂ [z] */
  readonly queryScale: Parameter;
  readonly keyScale: Parameter;
  /** β₁, β₂ [z] */
  readonly queryShift: Parameter;
  readonly keyShift: Parameter;
  /** b_{j−i} [2c − 1] */
  readonly bias: Parameter;

  constructor(options: ChunkedBlockOptions) {
    super();
    const { dim, attentionWidth = 32, valueWidth = 2 * dim, chunk, causal = true, scale = small() } = options;
    for (const [name, value] of Object.entries({ dim, attentionWidth, valueWidth, chunk }))
      requireWhole(`${new.target.name}: ${name}`, value, 1);
    this.dim = dim;
    this.attentionWidth = attentionWidth;
    this.valueWidth = valueWidth;
    this.chunk = chunk;
    this.causal = causal;
    this.norm = new LayerNorm({ dim });
    this.mix = mixOf(options.mix, options);
    this.queryScale = initialParameter([attentionWidth], scale);
    this.keyScale = initialParameter([attentionWidth], scale);
    this.queryShift = initialParameter([attentionWidth], init.zeros());
    this.keyShift = initialParameter([attentionWidth], init.zeros());
    this.bias = initialParameter([2 * chunk - 1], small());
  }

  /** @param normed x̂ [..., dim] @param m Mix(x̂) [..., dim] */
  protected abstract project(normed: Tensor, m: Tensor): Projected<Rest>;
  /** @param x [..., dim] @param attended [..., e] @returns [..., dim] */
  protected abstract finish(x: Tensor, attended: Tensor, rest: Rest): Tensor;

  /** @param x [batch, length, dim] @returns [batch, length, dim] */
  forward(x: Tensor): Tensor {
    const normed = this.norm.forward(x);
    const { q, k, v, rest } = this.#operands(normed, this.mix.forward(normed));
    const { chunk, bias, causal } = this;
    return this.finish(x, chunkedAttention(q, k, v, { chunk, bias, causal }), rest);
  }

  initialState(batch: number): ChunkedBlockState {
    const { chunk, attentionWidth, valueWidth } = this;
    return { mix: this.mix.initialState(batch), chunk: emptyChunk(batch, chunk, attentionWidth, valueWidth) };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: ChunkedBlockState): ChunkedBlockState {
    return state;
  }

  /** @param token [batch, dim] @throws DomainError for a block that sees later tokens */
  step(token: Tensor, state: ChunkedBlockState): { output: Tensor; state: ChunkedBlockState } {
    if (!this.causal) throw new DomainError(`${this.constructor.name}: only a causal block can go token by token`);
    const normed = this.norm.forward(token);
    const mixed = this.mix.step(normed, state.mix);
    const { q, k, v, rest } = this.#operands(normed, mixed.output);
    const attended = chunkedAttentionStep(q, k, v, state.chunk, this.bias);
    return { output: this.finish(token, attended.output, rest), state: { mix: mixed.state, chunk: attended.state } };
  }

  #operands(normed: Tensor, m: Tensor) {
    const { shared, v, rest } = this.project(normed, m);
    return {
      q: add(mul(shared, this.queryScale), this.queryShift),
      k: add(mul(shared, this.keyScale), this.keyShift),
      v,
      rest,
    };
  }
}
