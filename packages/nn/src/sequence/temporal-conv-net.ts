import { add, DomainError, requireWhole, silu, type Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";
import type { ConvolutionState } from "./causal-convolution.ts";
import { DilatedConvolution } from "./dilated-convolution.ts";
import { dilatedReceptiveField, requireDilations } from "./dilated-receptive-field.ts";
import { requireSequence, type SequenceCore } from "./sequence-core.ts";

export interface TemporalConvNetOptions {
  channels: number;
  /** K, taps of each filter. */
  kernel: number;
  /** f: layer i has taps f^i tokens apart. */
  factor: number;
  layers: number;
  /** One filter a channel; otherwise every layer mixes the channels. */
  depthwise?: boolean;
  /** Sees no later token; otherwise as many later ones as earlier ones. */
  causal?: boolean;
}

/** The last tokens before each layer, (K − 1)f^i of them: [batch, (K − 1)f^i, channels]. */
export type TemporalConvState = { readonly layers: readonly ConvolutionState[] };

/**
 * A temporal convolutional network: residual convolutions along the sequence whose dilation grows by a factor a layer,
 *
 *   y ← y + silu(conv_i(y)),   dilation f^i,   i = 0 … D − 1
 *
 * so that D layers see 1 + (K − 1)(f^D − 1)/(f − 1) tokens for K·D multiply-adds a token and channel (`dilatedReceptiveField`).
 * Classical networks double the dilation; with f close to K a few layers see thousands of tokens, and for f ≤ K still all of
 * them.
 *
 * Source: Bai, Kolter and Koltun, "An Empirical Evaluation of Generic Convolutional and Recurrent Networks for Sequence
 * Modeling" (2018), without dropout and weight norm; the large factor from "TCNCA" (2023).
 */
export class TemporalConvNet extends Module implements SequenceCore<TemporalConvState> {
  readonly dim: number;
  readonly causal: boolean;
  /** Tokens that an output sees, itself among them. */
  readonly receptiveField: number;
  readonly convolutions: readonly DilatedConvolution[];

  /** @throws DomainError for a kernel below 2, a factor, a number of layers or of channels below 1 */
  constructor(options: TemporalConvNetOptions) {
    super();
    const { channels, kernel, factor, layers, depthwise = true, causal = true } = options;
    requireWhole("TemporalConvNet: channels", channels, 1);
    requireDilations("TemporalConvNet", kernel, factor, layers);
    this.dim = channels;
    this.causal = causal;
    this.receptiveField = dilatedReceptiveField(kernel, factor, layers);
    this.convolutions = Array.from(
      { length: layers },
      (_, layer) => new DilatedConvolution({ channels, kernel, dilation: factor ** layer, depthwise, causal }),
    );
  }

  forward(x: Tensor): Tensor {
    requireSequence("TemporalConvNet", x, this.dim);
    return this.convolutions.reduce((y, convolution) => add(y, silu(convolution.forward(y))), x);
  }

  initialState(batch: number): TemporalConvState {
    return { layers: this.convolutions.map((convolution) => convolution.initialState(batch)) };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: TemporalConvState): TemporalConvState {
    return state;
  }

  /** @throws DomainError for a network that sees later tokens */
  step(token: Tensor, state: TemporalConvState): { output: Tensor; state: TemporalConvState } {
    if (!this.causal) throw new DomainError("TemporalConvNet: only a causal network can go token by token");
    let y = token;
    const layers = this.convolutions.map((convolution, i) => {
      const { output, state: next } = convolution.step(y, state.layers[i]);
      y = add(y, silu(output));
      return next;
    });
    return { output: y, state: { layers } };
  }
}
