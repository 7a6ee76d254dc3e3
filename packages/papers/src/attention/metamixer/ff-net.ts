import { BatchNorm, ConvNorm, foldBatchNormBefore, type Layer, Linear, Module, Sequential } from "@paperworks/nn";
import { DomainError, gelu, mean, requireWhole, ShapeError, type Tensor } from "@paperworks/tensor";
import { type Drawing, defaultInit } from "./depthwise.ts";
import { FfBlock } from "./ff-block.ts";
import type { FfNetConfig } from "./ff-net-configs.ts";
import { FfnifiedAttention } from "./ffnified-attention.ts";
import { FfnifiedChannelMixer } from "./ffnified-channel-mixer.ts";
import type { Mixer } from "./meta-mixer.ts";
import { PatchMerging } from "./patch-merging.ts";

/** Where in the network a block is, for what is put into it. */
export interface MixerPlace extends Drawing {
  /** From 0. */
  stage: number;
  /** In the stage, from 0. */
  block: number;
  channels: number;
  kernel: number;
  /** Pixels of the image a side of one place. */
  stride: number;
}

export interface FfNetOptions extends FfNetConfig, Drawing {
  classes: number;
  /** Of the images; 3 when absent. */
  inChannels?: number;
  /** The token mixer of each block, or none; FFNified attention when absent. */
  mixer?: (place: MixerPlace) => Mixer | undefined;
}

/** Stem, stages with patch merging between them, and a head: batch norm, mean over the map, linear map. */
export class FfNet extends Module {
  readonly stem: readonly ConvNorm[];
  readonly merging: readonly PatchMerging[];
  readonly stages: readonly (readonly FfBlock[])[];
  readonly norm: BatchNorm;
  readonly head: Linear;
  /** Pixels that a side of an image must be a multiple of. */
  readonly stride: number;

  /** @throws DomainError for an even kernel, or where stages and kernels differ in number */
  constructor(options: FfNetOptions) {
    super();
    const { depths, width, kernels, channelKernel, stemWidth, classes, inChannels = 3 } = options;
    const { layerScale, dropPath = 0, mixer = (place) => new FfnifiedAttention(place) } = options;
    const drawing = { init: options.init ?? defaultInit, generator: options.generator };
    if (kernels.length !== depths.length || depths.length === 0)
      throw new DomainError(`FfNet: each of ${depths.length} stages needs a kernel, got ${kernels.length}`);
    for (const depth of depths) requireWhole("FfNet: blocks of a stage", depth, 1);
    requireWhole("FfNet: classes", classes, 1);
    const widths = [inChannels, ...(stemWidth === undefined ? [] : [stemWidth]), width];
    const halve = { kernel: [3, 3], stride: 2, padding: 1, ...drawing };
    this.stem = widths.slice(1).map((outChannels, i) => new ConvNorm({ inChannels: widths[i], outChannels, ...halve }));
    const stemStride = 2 ** this.stem.length;
    this.stride = stemStride * 2 ** (depths.length - 1);
    this.merging = depths.slice(1).map((_, i) => new PatchMerging({ channels: width * 2 ** i, ...drawing }));
    const all = depths.reduce((a, b) => a + b);
    let before = 0;
    this.stages = depths.map((depth, stage) =>
      Array.from({ length: depth }, (_, block) => {
        const channels = width * 2 ** stage;
        const place = { stage, block, channels, kernel: kernels[stage], stride: stemStride * 2 ** stage, ...drawing };
        const rate = all > 1 ? (dropPath * before++) / (all - 1) : 0;
        const channelMixer = new FfnifiedChannelMixer({ channels, kernel: channelKernel, ...drawing });
        const residual = { channels, layerScale, dropPath: rate, generator: drawing.generator };
        return new FfBlock(mixer(place), channelMixer, residual);
      }),
    );
    const last = width * 2 ** (depths.length - 1);
    this.norm = new BatchNorm({ channels: last });
    this.head = new Linear({ inFeatures: last, outFeatures: classes, ...drawing });
  }

  /** @param images [N, inChannels, height, width] @returns logits [N, classes] */
  forward(images: Tensor): Tensor {
    const last = this.features(images).at(-1) as Tensor;
    return this.head.forward(mean(this.norm.forward(last), [2, 3]));
  }

  /**
   * The maps behind each stage, as segmentation and detection take them.
   *
   * @param images [N, inChannels, height, width], sides multiples of `stride`
   * @throws ShapeError for other sides
   */
  features(images: Tensor): Tensor[] {
    let x = this.embed(images);
    return this.stages.map((blocks, stage) => {
      if (stage > 0) x = this.merging[stage - 1].forward(x);
      x = blocks.reduce((y, block) => block.forward(y), x);
      return x;
    });
  }

  /** The map in front of the first block. */
  embed(images: Tensor): Tensor {
    if (images.rank !== 4 || images.shape.slice(2).some((n) => n === 0 || n % this.stride !== 0))
      throw new ShapeError(
        `FfNet takes images [N, channels, height, width] with sides that are multiples of ${this.stride}, got [${images.shape.join(", ")}]`,
      );
    return this.stem.reduce((y, conv, i) => conv.forward(i > 0 ? gelu(y) : y), images);
  }

  /**
   * What the network is in evaluation, as it stands now: every batch norm and layer scale folded into a convolution or the head, every
   * pair of kernels in one. What is left are convolutions with bias, GELU, sums and the head (and what other mixers are made of).
   */
  reparameterise(): Sequential {
    const stem = this.stem.flatMap((conv, i): (Layer | typeof gelu)[] => [...(i > 0 ? [gelu] : []), conv.fuse()]);
    const stages = this.stages.flatMap((blocks, stage) => [
      ...(stage > 0 ? [this.merging[stage - 1].fuse()] : []),
      ...blocks.map((block) => block.fuse()),
    ]);
    const pool = (x: Tensor): Tensor => mean(x, [2, 3]);
    return new Sequential([...stem, ...stages, pool, foldBatchNormBefore(this.norm, this.head)]);
  }
}
