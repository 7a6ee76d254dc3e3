import { add, type Generator, gelu, mul, type Parameter, permute, requireWhole, type Tensor } from "@paperworks/tensor";
import { constant, type Initializer, initialParameter } from "../init.ts";
import { Conv } from "../layers/conv.ts";
import { DropPath } from "../layers/drop-path.ts";
import { Linear } from "../layers/linear.ts";
import { LayerNorm } from "../layers/norms.ts";
import { requireOddKernel } from "../layers/rep-depthwise-conv.ts";
import { Module } from "../module.ts";

export interface ConvNextBlockOptions {
  channels: number;
  /** 7 when absent. */
  kernel?: number;
  /** Width inside ÷ channels; 4 when absent. */
  expansion?: number;
  /** Initial value of γ; no layer scale when absent. */
  layerScale?: number;
  /** Rate of stochastic depth. */
  dropPath?: number;
  /** Of convolution and linear maps. */
  init?: Initializer;
  generator?: Generator;
}

/** x + γ ⊙ W₂ GELU(W₁ LN(DW(x))): one branch for both places and channels (ConvNeXt; Liu et al., 2022). */
export class ConvNextBlock extends Module {
  readonly depthwise: Conv;
  readonly norm: LayerNorm;
  readonly expand: Linear;
  readonly contract: Linear;
  /** γ [channels] */
  readonly layerScale?: Parameter;
  readonly dropPath: DropPath;

  constructor(options: ConvNextBlockOptions) {
    super();
    const { channels, kernel = 7, expansion = 4, layerScale, dropPath = 0, init, generator } = options;
    requireWhole("ConvNextBlock: channels", channels, 1);
    requireOddKernel("ConvNextBlock: kernel", kernel);
    const hidden = expansion * channels;
    requireWhole("ConvNextBlock: channels · expansion", hidden, 1);
    const padding = (kernel - 1) / 2;
    this.depthwise = new Conv({
      inChannels: channels,
      outChannels: channels,
      kernel: [kernel, kernel],
      padding,
      groups: channels,
      init,
      generator,
    });
    this.norm = new LayerNorm({ dim: channels, epsilon: 1e-6 });
    this.expand = new Linear({ inFeatures: channels, outFeatures: hidden, init, generator });
    this.contract = new Linear({ inFeatures: hidden, outFeatures: channels, init, generator });
    if (layerScale !== undefined) this.layerScale = initialParameter([channels], constant(layerScale));
    this.dropPath = new DropPath({ rate: dropPath, generator });
  }

  /** @param x [N, channels, height, width] */
  forward(x: Tensor): Tensor {
    const last = permute(this.depthwise.forward(x), [0, 2, 3, 1]);
    const branch = this.contract.forward(gelu(this.expand.forward(this.norm.forward(last))));
    const scaled = this.layerScale ? mul(branch, this.layerScale) : branch;
    return add(x, this.dropPath.forward(permute(scaled, [0, 3, 1, 2])));
  }
}
