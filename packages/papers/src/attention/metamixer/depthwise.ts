import {
  Conv,
  ConvNorm,
  convolutionOf,
  type Initializer,
  init as initializers,
  RepDepthwiseConv,
  requireOddKernel,
} from "@paperworks/nn";
import { type Generator, type Tensor, zeros } from "@paperworks/tensor";

/** How weights are drawn. */
export interface Drawing {
  /** Truncated normal with deviation 0.02 when absent. */
  init?: Initializer;
  generator?: Generator;
}

export const defaultInit: Initializer = initializers.truncatedNormal({ std: 0.02 });

export interface DepthwiseOptions extends Drawing {
  channels: number;
  /** Length along every axis, odd. */
  kernel: number;
  /** Spatial axes; 2 when absent. */
  dims?: 1 | 2;
  /** Whether a short kernel has a batch norm behind it, as each long one has, and not a bias. */
  norm?: boolean;
}

export type Convolution = Conv | ConvNorm | RepDepthwiseConv;

/** Kernels of this length and longer are re-parametrised. */
const longKernel = 7;

/**
 * A depthwise convolution that keeps the lengths: re-parametrised from kernels of 7 on, a single one below.
 *
 * @throws DomainError for an even kernel, which has no centre
 */
export function depthwise(options: DepthwiseOptions): Convolution {
  const { channels, kernel, dims = 2, norm = false, init = defaultInit, generator } = options;
  requireOddKernel("a depthwise convolution", kernel);
  if (kernel >= longKernel) return new RepDepthwiseConv({ inChannels: channels, kernel, dims, init, generator });
  const one = {
    inChannels: channels,
    outChannels: channels,
    kernel: new Array(dims).fill(kernel),
    padding: (kernel - 1) / 2,
    groups: channels,
    init,
    generator,
  };
  return norm ? new ConvNorm(one) : new Conv(one);
}

/** What a convolution is in evaluation, with weights of its own. */
export function fused(conv: Convolution): Conv {
  if (!(conv instanceof Conv)) return conv.fuse();
  const bias: Tensor = conv.bias ?? zeros([conv.weight.shape[0]]);
  return convolutionOf(conv, conv.weight, bias);
}
