import {
  concat,
  conv,
  einsum,
  mul,
  type Parameter,
  requireWhole,
  reshape,
  slice,
  squeeze,
  sum,
  type Tensor,
  transpose,
  zeros,
} from "@paperworks/tensor";
import { type Initializer, initialParameter, uniform } from "../init.ts";
import { Module } from "../module.ts";
import type { ConvolutionState } from "./causal-convolution.ts";
import { requireSequence, requireToken, type SequenceCore } from "./sequence-core.ts";

export interface DilatedConvolutionOptions {
  channels: number;
  /** K, taps of the filter. */
  kernel: number;
  /** d, tokens from one tap to the next. */
  dilation: number;
  /** One filter a channel; otherwise all channels are mixed. */
  depthwise?: boolean;
  /** Sees no later token; otherwise as many later ones as earlier ones. */
  causal?: boolean;
  /** Of the filters; U(±1/√fan-in) when absent. */
  init?: Initializer;
}

/**
 * A convolution along a sequence whose K taps lie d tokens apart:
 *
 *   y_t = Σ_j w_j x_{t − (K − 1 − j)d},   j = 0 … K − 1
 *
 * with zeros outside of the sequence. It runs on whole blocks of channels where the processor has them.
 */
export class DilatedConvolution extends Module implements SequenceCore<ConvolutionState> {
  readonly dim: number;
  readonly kernel: number;
  readonly dilation: number;
  readonly depthwise: boolean;
  readonly causal: boolean;
  /** [channels, 1, K] depthwise, else [channels out, channels in, K]; the oldest token's weight first */
  readonly weight: Parameter;

  constructor(options: DilatedConvolutionOptions) {
    super();
    const { channels, kernel, dilation, depthwise = true, causal = true, init } = options;
    requireWhole("DilatedConvolution: channels", channels, 1);
    requireWhole("DilatedConvolution: kernel", kernel, 1);
    requireWhole("DilatedConvolution: dilation", dilation, 1);
    this.dim = channels;
    this.kernel = kernel;
    this.dilation = dilation;
    this.depthwise = depthwise;
    this.causal = causal;
    const perGroup = depthwise ? 1 : channels;
    const bound = 1 / Math.sqrt(kernel * perGroup);
    this.weight = initialParameter([channels, perGroup, kernel], init ?? uniform({ low: -bound, high: bound }), {
      fanIn: kernel * perGroup,
      fanOut: kernel * perGroup,
    });
  }

  /** Tokens before the oldest one that an output sees. */
  get reach(): number {
    return (this.kernel - 1) * this.dilation;
  }

  /** @param x [batch, length, channels] @returns [batch, length, channels] */
  forward(x: Tensor): Tensor {
    requireSequence("DilatedConvolution", x, this.dim);
    const { reach, dilation } = this;
    const padding: [number, number] = this.causal ? [reach, 0] : [Math.floor(reach / 2), Math.ceil(reach / 2)];
    const groups = this.depthwise ? this.dim : 1;
    return transpose(conv(transpose(x), this.weight, { padding: [padding], dilation, groups }));
  }

  /** The (K − 1)d tokens before the first one, all zeros. */
  initialState(batch: number): ConvolutionState {
    return { past: zeros([batch, this.reach, this.dim]) };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: ConvolutionState): ConvolutionState {
    return state;
  }

  /** @throws ShapeError if the token does not fit the state */
  step(token: Tensor, { past }: ConvolutionState): { output: Tensor; state: ConvolutionState } {
    requireToken("DilatedConvolution", token, this.dim, past.shape[0]);
    const window = concat([past, reshape(token, [past.shape[0], 1, this.dim])], 1);
    const taps = slice(window, [{ axis: 1, start: 0, step: this.dilation }]);
    return {
      output: this.depthwise
        ? sum(mul(taps, transpose(squeeze(this.weight, 1))), 1)
        : einsum("b k i, o i k -> b o", taps, this.weight),
      state: { past: slice(window, [{ axis: 1, start: 1 }]) },
    };
  }
}
