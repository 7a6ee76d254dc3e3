import {
  BatchNorm,
  Conv,
  convolutionOf,
  foldBatchNormBefore,
  Module,
  RepDepthwiseConv,
  Sequential,
} from "@paperworks/nn";
import { add, eye, reshape, type Tensor } from "@paperworks/tensor";
import { type Drawing, defaultInit } from "./depthwise.ts";

/**
 * Between two stages: half the side, twice the channels.
 *
 *   y = DW(x)              re-parametrised depthwise 7 × 7, stride 2; channels 2i and 2i + 1 of y are made of channel i of x
 *   z = y + W BN(y)        which mixes the channels; in evaluation one 1 × 1 convolution, W diag(γ/√(v + ε)) + I
 */
export class PatchMerging extends Module {
  readonly depthwise: RepDepthwiseConv;
  readonly norm: BatchNorm;
  /** W, 1 × 1 without bias. */
  readonly pointwise: Conv;

  constructor({ channels, init = defaultInit, generator }: { channels: number } & Drawing) {
    super();
    const outChannels = 2 * channels;
    const drawing = { init, generator };
    this.depthwise = new RepDepthwiseConv({ inChannels: channels, outChannels, kernel: 7, stride: 2, ...drawing });
    this.norm = new BatchNorm({ channels: outChannels });
    this.pointwise = new Conv({ inChannels: outChannels, outChannels, kernel: [1, 1], bias: false, ...drawing });
  }

  /** @param x [N, channels, height, width] @returns [N, 2·channels, height/2, width/2] */
  forward(x: Tensor): Tensor {
    const y = this.depthwise.forward(x);
    return add(y, this.pointwise.forward(this.norm.forward(y)));
  }

  fuse(): Sequential {
    const map = foldBatchNormBefore(this.norm, this.pointwise);
    const withSkip = add(map.weight, reshape(eye(this.norm.channels), map.weight.shape));
    return new Sequential([this.depthwise.fuse(), convolutionOf(map, withSkip, map.bias as Tensor)]);
  }
}
