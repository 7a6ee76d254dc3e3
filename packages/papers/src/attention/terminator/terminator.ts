import { Conv, Linear, Module } from "@paperworks/nn";
import { gelu, mean, requireWhole, type Tensor } from "@paperworks/tensor";
import { pointwise } from "./hyper-local.ts";
import { SfneBlock, type SfneBlockOptions } from "./sfne-block.ts";
import { GroupedStandardize } from "./standardize.ts";

export interface TerminatorOptions
  extends Pick<SfneBlockOptions, "hidden" | "layers" | "omega" | "contextual" | "modulated"> {
  dims: 1 | 2;
  /** Of the input; 1 when absent. */
  inChannels?: number;
  /** C */
  channels: number;
  blocks: number;
  /** H of square maps, or L of sequences. */
  side: number;
  classes: number;
}

/** What the network makes of its input on the way. */
export interface TerminatorFeatures {
  logits: Tensor;
  /** Out of each block, [batch, channels, ...space]. */
  features: Tensor[];
  /** The global kernel of each block. */
  kernels: Tensor[];
  /** z of each block, which the kernel multiplies, [batch, channels, ...space]. */
  activations: Tensor[];
}

/** A stem of 3 taps, blocks of slow and fast networks without residual connections, a 1×1 convolution to 4C, and a linear head on the mean. */
export class Terminator extends Module {
  readonly stem: Conv;
  readonly stemNorm: GroupedStandardize;
  readonly blocks: readonly SfneBlock[];
  readonly widen: ReturnType<typeof pointwise>;
  readonly head: Linear;

  constructor({ dims, inChannels = 1, channels, blocks, side, classes, ...block }: TerminatorOptions) {
    super();
    requireWhole("Terminator: blocks", blocks, 1);
    this.stem = new Conv({
      inChannels,
      outChannels: channels,
      kernel: new Array(dims).fill(3),
      padding: 1,
    });
    this.stemNorm = new GroupedStandardize({ channels, groups: 2 });
    this.blocks = Array.from(
      { length: blocks },
      () => new SfneBlock({ ...block, dims, inChannels: channels, channels, outChannels: channels, side }),
    );
    this.widen = pointwise(channels, 4 * channels, dims);
    this.head = new Linear({ inFeatures: 4 * channels, outFeatures: classes });
  }

  /** @param x [batch, inChannels, ...space] @returns logits [batch, classes] */
  forward(x: Tensor): Tensor {
    return this.features(x).logits;
  }

  /** @param x [batch, inChannels, ...space] */
  features(x: Tensor): TerminatorFeatures {
    let y = this.stemNorm.forward(this.stem.forward(x));
    const [features, kernels, activations]: Tensor[][] = [[], [], []];
    for (const block of this.blocks) {
      const out = block.forward(y);
      y = out.y;
      features.push(y);
      kernels.push(out.kernel);
      activations.push(out.z);
    }
    const wide = gelu(this.widen.forward(y));
    const pooled = mean(
      wide,
      wide.shape.slice(2).map((_, i) => i + 2),
    );
    return { logits: this.head.forward(pooled), features, kernels, activations };
  }
}
