import { Conv, ConvNextBlock, init, LayerNorm, Linear, Module } from "@paperworks/nn";
import { mean, permute, type Tensor } from "@paperworks/tensor";

/** Layer norm over the channels at each place. @param x [N, channels, height, width] */
class ChannelNorm extends Module {
  readonly norm: LayerNorm;

  constructor(channels: number) {
    super();
    this.norm = new LayerNorm({ dim: channels, epsilon: 1e-6 });
  }

  forward(x: Tensor): Tensor {
    return permute(this.norm.forward(permute(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
  }
}

/** U(±1/√fan-in). */
const linearInit = init.heUniform({ gain: 1 / Math.sqrt(3) });

export interface ConvNextOptions {
  /** Blocks of each stage. */
  depths: readonly number[];
  /** Channels of the first stage; each later one has twice those of the stage before. */
  width: number;
  /** Width inside a block ÷ channels. */
  expansion: number;
  classes: number;
}

/**
 * The earlier convolutional design in FFNet's place: a stem of stride 2, stages of ConvNeXt blocks with layer norm and a 2 × 2
 * convolution of stride 2 between them, and a head on the mean of the last map.
 */
export class ConvNext extends Module {
  readonly stem: Conv;
  readonly stemNorm: ChannelNorm;
  readonly stages: readonly (readonly ConvNextBlock[])[];
  readonly merging: readonly { readonly norm: ChannelNorm; readonly conv: Conv }[];
  readonly norm: LayerNorm;
  readonly head: Linear;

  constructor({ depths, width, expansion, classes }: ConvNextOptions) {
    super();
    const widths = depths.map((_, stage) => width * 2 ** stage);
    const drawn = { init: linearInit };
    this.stem = new Conv({ inChannels: 3, outChannels: width, kernel: [3, 3], stride: 2, padding: 1, ...drawn });
    this.stemNorm = new ChannelNorm(width);
    this.stages = depths.map((depth, stage) =>
      Array.from({ length: depth }, () => new ConvNextBlock({ channels: widths[stage], expansion, ...drawn })),
    );
    this.merging = widths.slice(1).map((outChannels, stage) => ({
      norm: new ChannelNorm(widths[stage]),
      conv: new Conv({ inChannels: widths[stage], outChannels, kernel: [2, 2], stride: 2, ...drawn }),
    }));
    const last = widths.at(-1) as number;
    this.norm = new LayerNorm({ dim: last, epsilon: 1e-6 });
    this.head = new Linear({ inFeatures: last, outFeatures: classes, ...drawn });
  }

  /** @param images [N, 3, height, width] @returns logits [N, classes] */
  forward(images: Tensor): Tensor {
    let x = this.stemNorm.forward(this.stem.forward(images));
    for (const [stage, blocks] of this.stages.entries()) {
      if (stage > 0) {
        const { norm, conv } = this.merging[stage - 1];
        x = conv.forward(norm.forward(x));
      }
      x = blocks.reduce((y, block) => block.forward(y), x);
    }
    return this.head.forward(this.norm.forward(mean(x, [2, 3])));
  }

  /** Layer norms depend on the input: there is nothing to fold. */
  reparameterise(): ConvNext {
    return this;
  }
}
