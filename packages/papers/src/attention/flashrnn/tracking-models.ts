import { Embedding, LayerNorm, Linear, Module, TransformerBlock } from "@paperworks/nn";
import { add, oneHot, type Tensor } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import { HeadwiseRnn } from "./headwise-rnn.ts";

/** A recurrent network that says at every step which of `classes` states it is in. */
export class RecurrentTracker extends Module {
  readonly classes: number;
  readonly rnn: HeadwiseRnn;
  readonly readout: Linear;

  constructor({ cell, classes, heads, headDim }: { cell: Cell; classes: number; heads: number; headDim: number }) {
    super();
    this.classes = classes;
    this.rnn = new HeadwiseRnn({ cell, inputSize: classes, heads, headDim });
    this.readout = new Linear({ inFeatures: heads * headDim, outFeatures: classes });
  }

  /** Each digit is an input of its own. @param tokens [batch, steps] int32 @returns [batch, steps, classes] */
  inputs(tokens: Tensor): Tensor {
    return oneHot(tokens, this.classes);
  }

  /** @param tokens [batch, steps] @returns logits [batch, steps, classes] */
  forward(tokens: Tensor): Tensor {
    return this.readout.forward(this.rnn.forward(this.inputs(tokens)));
  }
}

/**
 * The Transformer it is compared with: causal pre-norm blocks on learned positions. A training sequence begins at any of the
 * positions, so that all of them are trained though no sequence is as long as the table.
 */
export class TransformerTracker extends Module {
  readonly embedding: Embedding;
  readonly positions: Embedding;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;
  readonly readout: Linear;

  constructor({
    classes,
    positions,
    dim,
    heads,
    depth,
  }: {
    classes: number;
    /** Positions there are vectors for. */
    positions: number;
    dim: number;
    heads: number;
    depth: number;
  }) {
    super();
    this.embedding = new Embedding({ count: classes, dim });
    this.positions = new Embedding({ count: positions, dim });
    this.blocks = Array.from({ length: depth }, () => new TransformerBlock({ dim, heads, causal: true }));
    this.norm = new LayerNorm({ dim });
    this.readout = new Linear({ inFeatures: dim, outFeatures: classes });
  }

  /** @param tokens [batch, steps] @param places the position of each token, as `tokens` @returns logits [batch, steps, classes] */
  forward(tokens: Tensor, places: Tensor): Tensor {
    const x = add(this.embedding.forward(tokens), this.positions.forward(places));
    return this.readout.forward(this.norm.forward(this.blocks.reduce((h, block) => block.forward(h), x)));
  }
}
