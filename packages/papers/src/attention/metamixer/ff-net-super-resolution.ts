import { Conv, init, Module, pixelShuffle } from "@paperworks/nn";
import { add, requireWhole, resize, ShapeError, type Tensor } from "@paperworks/tensor";
import { FfBlock } from "./ff-block.ts";
import { FfnifiedAttention } from "./ffnified-attention.ts";
import { FfnifiedChannelMixer } from "./ffnified-channel-mixer.ts";
import type { Mixer } from "./meta-mixer.ts";

export interface FfNetSuperResolutionOptions {
  /** How many times larger images become along each side. */
  factor: number;
  channels: number;
  /** Blocks; with 0 the network is two convolutions, a linear map of the image. */
  depth: number;
  /** Of the images; 1 when absent. */
  inChannels?: number;
  /** Of the token mixers; 7 when absent. */
  kernel?: number;
  /** Keys and values of the channel mixers ÷ channels; 3 when absent. */
  expansion?: number;
  /** The token mixer of each block; FFNified attention when absent. */
  mixer?: (channels: number, kernel: number) => Mixer;
}

/**
 * Images enlarged by blocks of FFNet at their own resolution:
 *
 *   z = conv(blocks(conv(x))),  y = pixelShuffle(z) + bicubic(x)
 *
 * The last convolution starts from zeros, so that training starts from bicubic interpolation.
 */
export class FfNetSuperResolution extends Module {
  readonly factor: number;
  readonly inChannels: number;
  readonly embedding: Conv;
  readonly blocks: readonly FfBlock[];
  readonly output: Conv;

  constructor(options: FfNetSuperResolutionOptions) {
    super();
    const { factor, channels, depth, inChannels = 1, kernel = 7, expansion = 3 } = options;
    const { mixer = (width, length) => new FfnifiedAttention({ channels: width, kernel: length }) } = options;
    requireWhole("FfNetSuperResolution: factor", factor, 2);
    requireWhole("FfNetSuperResolution: depth", depth);
    this.factor = factor;
    this.inChannels = inChannels;
    const plane = { kernel: [3, 3], padding: 1 };
    this.embedding = new Conv({ inChannels, outChannels: channels, ...plane });
    this.blocks = Array.from(
      { length: depth },
      () => new FfBlock(mixer(channels, kernel), new FfnifiedChannelMixer({ channels, expansion }), { channels }),
    );
    this.output = new Conv({
      inChannels: channels,
      outChannels: inChannels * factor ** 2,
      ...plane,
      init: init.zeros(),
    });
  }

  /** @param x [N, inChannels, height, width] @returns [N, inChannels, factor·height, factor·width] */
  forward(x: Tensor): Tensor {
    if (x.rank !== 4 || x.shape[1] !== this.inChannels)
      throw new ShapeError(
        `FfNetSuperResolution takes [N, ${this.inChannels}, height, width], got [${x.shape.join(", ")}]`,
      );
    const mixed = this.blocks.reduce((y, block) => block.forward(y), this.embedding.forward(x));
    const detail = pixelShuffle(this.output.forward(mixed), this.factor);
    return add(detail, bicubic(x, this.factor));
  }
}

/** @param x [N, channels, height, width] @returns [N, channels, factor·height, factor·width] */
export const bicubic = (x: Tensor, factor: number): Tensor => resize(x, { scale: factor, mode: "cubic" });
