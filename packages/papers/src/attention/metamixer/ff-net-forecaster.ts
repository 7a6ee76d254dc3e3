import { Conv, init, initialParameter, type Layer, Linear, Module, TransformerBlock } from "@paperworks/nn";
import {
  add,
  DomainError,
  type Parameter,
  permute,
  requireWhole,
  reshape,
  ShapeError,
  type Tensor,
} from "@paperworks/tensor";
import { onOwnScale } from "../../instance-norm.ts";
import { FfBlock } from "./ff-block.ts";
import { FfnifiedAttention } from "./ffnified-attention.ts";
import { FfnifiedChannelMixer } from "./ffnified-channel-mixer.ts";

export interface FfNetForecasterOptions {
  /** Values that are read, a multiple of `patch`. */
  window: number;
  /** Values that make one token. */
  patch: number;
  /** Values to forecast. */
  horizon: number;
  channels: number;
  depth: number;
  /** Length of keys and values in tokens, odd; 7 when absent. */
  kernel?: number;
  /** What mixes the tokens [N, channels, tokens]; `depth` blocks of FFNet when absent. */
  blocks?: readonly Layer[];
}

/**
 * FFNet along time: a window of one variable on a scale of its own, patches as tokens, blocks of FFNified attention over time and
 * channel mixers, and one linear map from all tokens to the horizon.
 */
export class FfNetForecaster extends Module {
  readonly window: number;
  readonly patch: number;
  readonly embedding: Conv;
  readonly blocks: readonly Layer[];
  readonly head: Linear;

  /** @throws DomainError for a window that patches do not divide, or an even kernel */
  constructor(options: FfNetForecasterOptions) {
    super();
    const { window, patch, horizon, channels, depth, kernel = 7 } = options;
    requireWhole("FfNetForecaster: depth", depth, 1);
    requireWhole("FfNetForecaster: patch", patch, 1);
    if (!Number.isInteger(window / patch) || window < patch)
      throw new DomainError(`FfNetForecaster: a window of ${window} does not divide into patches of ${patch}`);
    this.window = window;
    this.patch = patch;
    const linear = init.heUniform({ gain: 1 / Math.sqrt(3) });
    this.embedding = new Conv({ inChannels: 1, outChannels: channels, kernel: [patch], stride: patch, init: linear });
    const along = { channels, dims: 1 } as const;
    this.blocks =
      options.blocks ??
      Array.from(
        { length: depth },
        () => new FfBlock(new FfnifiedAttention({ ...along, kernel }), new FfnifiedChannelMixer(along), { channels }),
      );
    this.head = new Linear({ inFeatures: (channels * window) / patch, outFeatures: horizon, init: linear });
  }

  /** @param past [batch, window] @returns [batch, horizon], on the scale of the past */
  forward(past: Tensor): Tensor {
    const [batch, length] = past.shape;
    if (past.rank !== 2 || length !== this.window)
      throw new ShapeError(`FfNetForecaster takes [batch, ${this.window}], got [${past.shape.join(", ")}]`);
    return onOwnScale(past, (standard) => {
      const tokens = this.embedding.forward(reshape(standard, [batch, 1, length]));
      const mixed = this.blocks.reduce((x, block) => block.forward(x), tokens);
      return this.head.forward(reshape(mixed, [batch, mixed.size / batch]));
    });
  }
}

/** A Transformer encoder where a forecaster has its blocks: learned positions, then pre-norm blocks over the tokens. */
export class TokenTransformer extends Module {
  /** [1, tokens, channels] */
  readonly positions: Parameter;
  readonly blocks: readonly TransformerBlock[];

  constructor(options: { channels: number; tokens: number; depth: number; heads: number; hidden: number }) {
    super();
    const { channels, tokens, depth, heads, hidden } = options;
    this.positions = initialParameter([1, tokens, channels], init.normal({ std: 0.02 }));
    this.blocks = Array.from({ length: depth }, () => new TransformerBlock({ dim: channels, heads, hidden }));
  }

  /** @param x [N, channels, tokens] @returns the same shape */
  forward(x: Tensor): Tensor {
    const tokens = add(permute(x, [0, 2, 1]), this.positions);
    return permute(
      this.blocks.reduce((y, block) => block.forward(y), tokens),
      [0, 2, 1],
    );
  }
}
