import { Conv, type Layer, Module, Sequential } from "@paperworks/nn";
import { gelu, requireWhole, type Tensor } from "@paperworks/tensor";
import { type Convolution, type DepthwiseOptions, defaultInit, depthwise, fused } from "./depthwise.ts";
import { type MetaMixer, type Mixer, metaMixer } from "./meta-mixer.ts";

export interface FfnifiedChannelMixerOptions extends Omit<DepthwiseOptions, "kernel" | "norm"> {
  /** Length of the depthwise kernel along every axis, odd; 3 when absent. */
  kernel?: number;
  /** Keys and values ÷ channels; 3 when absent. */
  expansion?: number;
}

/**
 * The channel mixer of FFNet, a feed-forward network whose query has looked around:
 *
 *   y = W₂ GELU( W₁ DW(x) )
 *
 * DW is a depthwise convolution with batch norm (re-parametrised from kernels of 7 on); the columns of W₁ are the keys and the rows
 * of W₂ the values, both over channels.
 */
export class FfnifiedChannelMixer extends Module implements MetaMixer, Mixer {
  /** DW */
  readonly depthwise: Convolution;
  /** W₁ */
  readonly keys: Conv;
  readonly activation = gelu;
  /** W₂ */
  readonly values: Conv;

  /** @throws DomainError for an even kernel, which has no centre */
  constructor(options: FfnifiedChannelMixerOptions) {
    super();
    const { channels, kernel = 3, expansion = 3, dims = 2, init = defaultInit, generator } = options;
    requireWhole("FfnifiedChannelMixer: channels", channels, 1);
    requireWhole("FfnifiedChannelMixer: channels · expansion", channels * expansion, 1);
    this.depthwise = depthwise({ channels, kernel, dims, norm: true, init, generator });
    const pointwise = { kernel: new Array(dims).fill(1), init, generator };
    this.keys = new Conv({ inChannels: channels, outChannels: channels * expansion, ...pointwise });
    this.values = new Conv({ inChannels: channels * expansion, outChannels: channels, ...pointwise });
  }

  query(x: Tensor): Tensor {
    return this.depthwise.forward(x);
  }

  key(query: Tensor): Tensor {
    return this.keys.forward(query);
  }

  value(coefficients: Tensor): Tensor {
    return this.values.forward(coefficients);
  }

  /** @param x [N, channels, ...spatial] @returns the same shape */
  forward(x: Tensor): Tensor {
    return metaMixer(this)(x);
  }

  fuse(): Layer {
    return new Sequential([fused(this.depthwise), fused(this.keys), this.activation, fused(this.values)]);
  }
}
