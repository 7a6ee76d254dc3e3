import {
  add,
  concat,
  expand,
  type Generator,
  mean,
  type Parameter,
  requireWhole,
  select,
  slice,
  type Tensor,
} from "@paperworks/tensor";
import { initialParameter, normal, zeros } from "../init.ts";
import { MultiHeadAttention } from "../layers/attention.ts";
import { Dropout } from "../layers/dropout.ts";
import type { Layer } from "../layers/layer.ts";
import { Linear } from "../layers/linear.ts";
import { LayerNorm } from "../layers/norms.ts";
import { FeedForward } from "../layers/transformer.ts";
import { Module } from "../module.ts";
import { PatchEmbedding } from "./patch-embedding.ts";

/** What mixes the tokens of an image: attention, or whatever replaces it. `MultiHeadAttention` is one. */
export interface TokenMixer extends Module {
  /** @param x [batch, tokens, dim] @returns output [batch, tokens, dim]; weights [batch, heads, tokens, tokens] where there are any */
  attend(x: Tensor): { output: Tensor; weights?: Tensor };
}

/** Where in the network a block is, for what is put into it. */
export interface BlockPlace {
  /** From 0. */
  block: number;
  depth: number;
  dim: number;
  heads: number;
  /** Tokens of an image, the class token among them. */
  tokens: number;
  /** Patches from top to bottom and from left to right. */
  grid: readonly [rows: number, columns: number];
}

export interface VisionTransformerOptions {
  /** Height and width of the images; a number for both. */
  image: number | readonly [height: number, width: number];
  patch: number;
  /** 3 when absent. */
  channels?: number;
  dim: number;
  depth: number;
  heads: number;
  /** Width inside the feed-forward parts; 4·dim when absent. */
  hidden?: number;
  classes: number;
  /** What the head reads: the class token, or the mean of all patches, without a class token. */
  pool?: "class" | "mean";
  /** The mixer of each block; attention of `heads` heads when absent. */
  mixer?: (place: BlockPlace) => TokenMixer;
  /** The channel part of each block; a feed-forward part with GELU when absent. */
  feedForward?: (place: BlockPlace) => Layer;
  dropout?: number;
  generator?: Generator;
}

/** What the network makes of images on the way to its logits. */
export interface VisionFeatures {
  /** After the last norm, [batch, tokens, dim]; the class token first. */
  tokens: Tensor;
  /** What the head reads, [batch, dim] */
  pooled: Tensor;
  /** The weights of each block's mixer, [batch, heads, tokens, tokens], where it has any. */
  attention: (Tensor | undefined)[];
}

/** The pre-norm block around any mixer: y = x + Mixer(LN x), z = y + FeedForward(LN y). */
export class VisionBlock extends Module {
  readonly mixerNorm: LayerNorm;
  readonly mixer: TokenMixer;
  readonly feedForwardNorm: LayerNorm;
  readonly feedForward: Layer;
  readonly dropout: Dropout;

  constructor({
    dim,
    mixer,
    feedForward,
    dropout,
  }: { dim: number; mixer: TokenMixer; feedForward: Layer; dropout: Dropout }) {
    super();
    this.mixerNorm = new LayerNorm({ dim, epsilon: 1e-6 });
    this.mixer = mixer;
    this.feedForwardNorm = new LayerNorm({ dim, epsilon: 1e-6 });
    this.feedForward = feedForward;
    this.dropout = dropout;
  }

  /** @param x [batch, tokens, dim] */
  attend(x: Tensor): { output: Tensor; weights?: Tensor } {
    const { output, weights } = this.mixer.attend(this.mixerNorm.forward(x));
    const z = this.finish(x, output);
    return weights ? { output: z, weights } : { output: z };
  }

  /** What follows the mixer, for networks that call it in their own way. @param x, mixed [batch, tokens, dim] */
  finish(x: Tensor, mixed: Tensor): Tensor {
    const y = add(x, this.dropout.forward(mixed));
    return add(y, this.dropout.forward(this.feedForward.forward(this.feedForwardNorm.forward(y))));
  }
}

/**
 * The vision Transformer (Dosovitskiy et al., 2021): patches as tokens with learned positions, pre-norm blocks, a norm, and a linear
 * head on the class token or on the mean of the patches. Mixer and feed-forward part of every block can be replaced, and the weights
 * of all mixers come with the features.
 */
export class VisionTransformer extends Module {
  readonly patches: PatchEmbedding;
  /** [1, 1, dim] */
  readonly classToken?: Parameter;
  /** [1, tokens, dim] */
  readonly positions: Parameter;
  readonly blocks: readonly VisionBlock[];
  readonly norm: LayerNorm;
  readonly head: Linear;
  readonly dropout: Dropout;

  constructor(options: VisionTransformerOptions) {
    super();
    const { image, patch, channels = 3, dim, depth, heads, hidden = 4 * dim, classes, pool = "class" } = options;
    const { dropout = 0, generator } = options;
    requireWhole("VisionTransformer: depth", depth, 1);
    requireWhole("VisionTransformer: classes", classes, 1);
    this.patches = new PatchEmbedding({ image, patch, channels, dim, generator });
    const tokens = this.patches.count + (pool === "class" ? 1 : 0);
    if (pool === "class") this.classToken = initialParameter([1, 1, dim], zeros());
    this.positions = initialParameter([1, tokens, dim], normal({ std: 0.02 }), { generator });
    this.dropout = new Dropout({ rate: dropout, generator });
    const {
      mixer = () => new MultiHeadAttention({ dim, heads, generator }),
      feedForward = () => new FeedForward({ dim, hidden, dropout, generator }),
    } = options;
    this.blocks = Array.from({ length: depth }, (_, block) => {
      const place = { block, depth, dim, heads, tokens, grid: this.patches.grid };
      return new VisionBlock({ dim, mixer: mixer(place), feedForward: feedForward(place), dropout: this.dropout });
    });
    this.norm = new LayerNorm({ dim, epsilon: 1e-6 });
    this.head = new Linear({ inFeatures: dim, outFeatures: classes, generator });
  }

  /** @param images [batch, channels, height, width] @returns logits [batch, classes] */
  forward(images: Tensor): Tensor {
    return this.head.forward(this.features(images).pooled);
  }

  /** @param images [batch, channels, height, width] */
  features(images: Tensor): VisionFeatures {
    let x = this.embed(images);
    const attention = this.blocks.map((block) => {
      const { output, weights } = block.attend(x);
      x = output;
      return weights;
    });
    const tokens = this.norm.forward(x);
    return { tokens, pooled: this.classToken ? select(tokens, 1, 0) : mean(tokens, 1), attention };
  }

  /** The tokens in front of the first block, [batch, tokens, dim]. */
  embed(images: Tensor): Tensor {
    const patches = this.patches.forward(images);
    const [batch, , dim] = patches.shape;
    const tokens = this.classToken ? concat([expand(this.classToken, [batch, 1, dim]), patches], 1) : patches;
    return this.dropout.forward(add(tokens, this.positions));
  }

  /** The patches' tokens, without that of the class. @param tokens [batch, tokens, dim] */
  ofPatches(tokens: Tensor): Tensor {
    return this.classToken ? slice(tokens, [{ axis: 1, start: 1 }]) : tokens;
  }
}
