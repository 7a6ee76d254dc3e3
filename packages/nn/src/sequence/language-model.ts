import { add, requireWhole, ShapeError, type Tensor, type Tree } from "@paperworks/tensor";
import type { Initializer } from "../init.ts";
import { Embedding } from "../layers/embedding.ts";
import type { Layer } from "../layers/layer.ts";
import { Linear } from "../layers/linear.ts";
import { RmsNorm } from "../layers/norms.ts";
import { SwiGlu } from "../layers/swiglu.ts";
import { Module } from "../module.ts";
import type { SequenceCore } from "./sequence-core.ts";

/** The pre-norm block around any mixer: y = x + Mixer(RMSNorm x), z = y + FeedForward(RMSNorm y). */
export class MixerBlock<S extends Tree = Tree> extends Module implements SequenceCore<S> {
  readonly dim: number;
  readonly mixerNorm: RmsNorm;
  readonly mixer: SequenceCore<S>;
  readonly feedForwardNorm: RmsNorm;
  readonly feedForward: Layer;

  constructor({ mixer, feedForward }: { mixer: SequenceCore<S>; feedForward: Layer }) {
    super();
    this.dim = mixer.dim;
    this.mixerNorm = new RmsNorm({ dim: mixer.dim });
    this.mixer = mixer;
    this.feedForwardNorm = new RmsNorm({ dim: mixer.dim });
    this.feedForward = feedForward;
  }

  forward(x: Tensor): Tensor {
    return this.#feed(add(x, this.mixer.forward(this.mixerNorm.forward(x))));
  }

  initialState(batch: number, tokens?: number): S {
    return this.mixer.initialState(batch, tokens);
  }

  room(state: S): number {
    return this.mixer.room(state);
  }

  grow(state: S): S {
    return this.mixer.grow(state);
  }

  step(token: Tensor, state: S): { output: Tensor; state: S } {
    const mixed = this.mixer.step(this.mixerNorm.forward(token), state);
    return { output: this.#feed(add(token, mixed.output)), state: mixed.state };
  }

  #feed(x: Tensor): Tensor {
    return add(x, this.feedForward.forward(this.feedForwardNorm.forward(x)));
  }
}

export interface CausalLanguageModelOptions<S extends Tree> {
  /** How many different tokens there are. */
  vocabulary: number;
  dim: number;
  /** Blocks. */
  depth: number;
  /** The mixer of a block, by its place from 0. */
  mixer(block: number): SequenceCore<S>;
  /** The feed-forward part of a block; SwiGLU of 8·dim/3 when absent. */
  feedForward?(block: number): Layer;
  /** Of the embedding; N(0, 0.02²) when absent. */
  init?: Initializer;
}

/** One state a block. */
export type LanguageModelState<S extends Tree> = { readonly blocks: readonly S[] };

/**
 * A causal language model whose blocks mix tokens by anything that fits `SequenceCore`: embedding, blocks, RMSNorm, and a
 * linear map to the logits of the next token. It has no positions of its own; a mixer that needs them brings them.
 */
export class CausalLanguageModel<S extends Tree = Tree> extends Module {
  readonly vocabulary: number;
  readonly dim: number;
  readonly embedding: Embedding;
  readonly blocks: readonly MixerBlock<S>[];
  readonly norm: RmsNorm;
  readonly output: Linear;

  constructor(options: CausalLanguageModelOptions<S>) {
    super();
    const { vocabulary, dim, depth, mixer, feedForward = () => new SwiGlu({ dim }) } = options;
    requireWhole("CausalLanguageModel: vocabulary", vocabulary, 1);
    requireWhole("CausalLanguageModel: depth", depth, 1);
    this.vocabulary = vocabulary;
    this.dim = dim;
    this.embedding = new Embedding({ count: vocabulary, dim, init: options.init });
    this.blocks = Array.from({ length: depth }, (_, block) => {
      const core = mixer(block);
      if (core.dim !== dim)
        throw new ShapeError(`CausalLanguageModel: the mixer of block ${block} has width ${core.dim}, not ${dim}`);
      return new MixerBlock({ mixer: core, feedForward: feedForward(block) });
    });
    this.norm = new RmsNorm({ dim });
    this.output = new Linear({ inFeatures: dim, outFeatures: vocabulary, bias: false });
  }

  /** @param tokens [batch, length] whole numbers below `vocabulary` @returns logits [batch, length, vocabulary] */
  forward(tokens: Tensor): Tensor {
    return this.#logits(this.blocks.reduce((h, block) => block.forward(h), this.embedding.forward(tokens)));
  }

  /** The state before the first token, with room for `tokens` where it grows. */
  initialState(batch: number, tokens?: number): LanguageModelState<S> {
    return { blocks: this.blocks.map((block) => block.initialState(batch, tokens)) };
  }

  /** @param token [batch] @returns logits [batch, vocabulary] of the token behind it, and the state it needs */
  step(token: Tensor, state: LanguageModelState<S>): { logits: Tensor; state: LanguageModelState<S> } {
    let h = this.embedding.forward(token);
    const blocks = this.blocks.map((block, i) => {
      const { output, state: next } = block.step(h, state.blocks[i]);
      h = output;
      return next;
    });
    return { logits: this.#logits(h), state: { blocks } };
  }

  #logits(h: Tensor): Tensor {
    return this.output.forward(this.norm.forward(h));
  }
}
