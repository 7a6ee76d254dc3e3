import { add, type Generator, gelu, type Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";
import { type AttentionInputs, MultiHeadAttention } from "./attention.ts";
import { Dropout } from "./dropout.ts";
import type { Activation } from "./layer.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./norms.ts";

export interface FeedForwardOptions {
  dim: number;
  /** 4·dim when absent. */
  hidden?: number;
  activation?: Activation;
  bias?: boolean;
  dropout?: number;
  generator?: Generator;
}

/** y = φ(x W₁ + b₁) W₂ + b₂ at each position. */
export class FeedForward extends Module {
  readonly expand: Linear;
  readonly contract: Linear;
  readonly dropout: Dropout;
  readonly activation: Activation;

  constructor(options: FeedForwardOptions) {
    super();
    const { dim, hidden = 4 * dim, activation = gelu, bias = true, dropout = 0, generator } = options;
    this.expand = new Linear({ inFeatures: dim, outFeatures: hidden, bias, generator });
    this.contract = new Linear({ inFeatures: hidden, outFeatures: dim, bias, generator });
    this.dropout = new Dropout({ rate: dropout, generator });
    this.activation = activation;
  }

  /** @param x [..., dim] @returns [..., dim] */
  forward(x: Tensor): Tensor {
    return this.contract.forward(this.dropout.forward(this.activation(this.expand.forward(x))));
  }
}

export interface TransformerBlockOptions extends FeedForwardOptions {
  heads: number;
  causal?: boolean;
}

/** The pre-norm block: y = x + Attention(LN x), z = y + FeedForward(LN y), with dropout on both branches. */
export class TransformerBlock extends Module {
  readonly attentionNorm: LayerNorm;
  readonly attention: MultiHeadAttention;
  readonly feedForwardNorm: LayerNorm;
  readonly feedForward: FeedForward;
  readonly dropout: Dropout;

  constructor(options: TransformerBlockOptions) {
    super();
    const { dim, heads, causal, bias, dropout = 0, generator } = options;
    this.attentionNorm = new LayerNorm({ dim });
    this.attention = new MultiHeadAttention({ dim, heads, causal, bias, dropout, generator });
    this.feedForwardNorm = new LayerNorm({ dim });
    this.feedForward = new FeedForward(options);
    this.dropout = new Dropout({ rate: dropout, generator });
  }

  /** @param x [batch, length, dim] @returns [batch, length, dim] */
  forward(x: Tensor, { mask }: Pick<AttentionInputs, "mask"> = {}): Tensor {
    const attended = this.attention.forward(this.attentionNorm.forward(x), { mask });
    const y = add(x, this.dropout.forward(attended));
    return add(y, this.dropout.forward(this.feedForward.forward(this.feedForwardNorm.forward(y))));
  }
}
