import { Embedding, init, LayerNorm, Linear, Module, type SequenceCore, Sequential } from "@paperworks/nn";
import {
  add,
  cast,
  DomainError,
  div,
  isInteger,
  mul,
  notEqual,
  requireWhole,
  silu,
  sum,
  type Tensor,
  type Tree,
  unsqueeze,
} from "@paperworks/tensor";
import { type ChunkedBlockOptions, small } from "./chunked-block.ts";
import { MegaBlock } from "./mega-block.ts";
import { SimplifiedBlock } from "./simplified-block.ts";

export interface SequenceModelOptions extends ChunkedBlockOptions {
  /** How many different tokens there are; numbers are taken instead when absent. */
  vocabulary?: number;
  /** Blocks, each with a feed-forward part. */
  depth: number;
  /** Blocks without gates. */
  simplified?: boolean;
  /** Logits: one for each next token, or for each class. */
  outputs: number;
  /** One answer for the sequence, from the mean over its positions; otherwise one at each position. */
  pooled?: boolean;
  /** A token that the mean leaves out. */
  padding?: number;
}

/** The state of each block. */
export type SequenceModelState = { readonly blocks: readonly Tree[] };

/**
 * A sequence model of MEGA or TCNCA blocks: embedding, blocks x ← Block(x), x ← x + W₂ silu(W₁ LayerNorm(x)) of width 2·dim, a norm,
 * and a linear head at each position, or one at the mean of all.
 *
 * @throws DomainError for sizes below 1
 */
export class SequenceModel extends Module {
  readonly input: Embedding | Linear;
  readonly blocks: readonly SequenceCore[];
  readonly feedForward: readonly Sequential[];
  readonly norm: LayerNorm;
  readonly head: Linear;
  readonly pooled: boolean;
  readonly padding?: number;

  constructor(options: SequenceModelOptions) {
    super();
    const { vocabulary, depth, simplified = false, outputs, pooled = false, padding, dim, weights = small() } = options;
    requireWhole("SequenceModel: depth", depth, 1);
    requireWhole("SequenceModel: outputs", outputs, 1);
    this.input =
      vocabulary === undefined
        ? new Linear({ inFeatures: 1, outFeatures: dim, init: init.normal() })
        : new Embedding({ count: vocabulary, dim });
    const linear = (inFeatures: number, outFeatures: number): Linear =>
      new Linear({ inFeatures, outFeatures, init: weights });
    const Block = simplified ? SimplifiedBlock : MegaBlock;
    this.blocks = Array.from({ length: depth }, () => new Block(options) as SequenceCore);
    this.feedForward = this.blocks.map(
      () => new Sequential([new LayerNorm({ dim }), linear(dim, 2 * dim), silu, linear(2 * dim, dim)]),
    );
    this.norm = new LayerNorm({ dim });
    this.head = linear(dim, outputs);
    this.pooled = pooled;
    this.padding = padding;
  }

  /** @param x tokens [batch, length], whole or not as the model takes them @returns logits [batch, length, outputs] or [batch, outputs] */
  forward(x: Tensor): Tensor {
    const h = this.norm.forward(
      this.blocks.reduce((hidden, block, i) => this.#feed(block.forward(hidden), i), this.#embed(x)),
    );
    return this.head.forward(this.pooled ? this.#pool(h, x) : h);
  }

  initialState(batch: number): SequenceModelState {
    return { blocks: this.blocks.map((block) => block.initialState(batch)) };
  }

  /** @param token [batch] @returns logits [batch, outputs], and the state that the next token needs */
  step(token: Tensor, state: SequenceModelState): { logits: Tensor; state: SequenceModelState } {
    if (this.pooled)
      throw new DomainError("SequenceModel: a model with one answer for the sequence gives none token by token");
    let h = this.#embed(token);
    const blocks = this.blocks.map((block, i) => {
      const { output, state: next } = block.step(h, state.blocks[i]);
      h = this.#feed(output, i);
      return next;
    });
    return { logits: this.head.forward(this.norm.forward(h)), state: { blocks } };
  }

  #embed(x: Tensor): Tensor {
    const whole = isInteger(x.dtype);
    if (whole !== this.input instanceof Embedding)
      throw new DomainError(`SequenceModel: made for ${whole ? "numbers" : "whole tokens"}, got ${x.dtype}`);
    return this.input.forward(whole ? x : unsqueeze(x, -1));
  }

  #feed(h: Tensor, block: number): Tensor {
    return add(h, this.feedForward[block].forward(h));
  }

  #pool(h: Tensor, x: Tensor): Tensor {
    if (this.padding === undefined) return h.mean(1);
    const counted = unsqueeze(cast(notEqual(x, this.padding), h.dtype), -1);
    return div(sum(mul(h, counted), 1), sum(counted, 1));
  }
}
