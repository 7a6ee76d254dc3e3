import {
  add,
  concat,
  mul,
  type Parameter,
  pad,
  requireWhole,
  select,
  slice,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { type Initializer, initialParameter, uniform } from "../init.ts";
import { Module } from "../module.ts";
import { requireSequence, requireToken, type SequenceCore } from "./sequence-core.ts";

export interface CausalConvolutionOptions {
  /** Channels, each with a kernel of its own. */
  dim: number;
  /** K, the number of tokens a kernel sees: the token itself and the K − 1 before it. */
  kernel: number;
  bias?: boolean;
  /** Of the weight; U(±1/√K) when absent. */
  init?: Initializer;
}

/** The K − 1 tokens before the next one, the oldest first, [batch, K − 1, dim] */
export type ConvolutionState = { readonly past: Tensor };

/**
 * The short depthwise convolution in front of a linear recurrence: y_t = Σ_j w_j ⊙ x_{t − K + 1 + j} + b, j = 0 … K − 1, with
 * zeros before the first token.
 */
export class CausalConvolution extends Module implements SequenceCore<ConvolutionState> {
  readonly dim: number;
  readonly kernel: number;
  /** [K, dim], the oldest token's weight first */
  readonly weight: Parameter;
  /** [dim] */
  readonly bias?: Parameter;

  constructor({ dim, kernel, bias = true, init }: CausalConvolutionOptions) {
    super();
    requireWhole("CausalConvolution: dim", dim, 1);
    requireWhole("CausalConvolution: kernel", kernel, 1);
    this.dim = dim;
    this.kernel = kernel;
    const bound = 1 / Math.sqrt(kernel);
    this.weight = initialParameter([kernel, dim], init ?? uniform({ low: -bound, high: bound }));
    if (bias) this.bias = initialParameter([dim], uniform({ low: -bound, high: bound }));
  }

  forward(x: Tensor): Tensor {
    requireSequence("CausalConvolution", x, this.dim);
    return this.#convolve(pad(x, [{ axis: 1, before: this.kernel - 1, after: 0 }]), x.shape[1]);
  }

  initialState(batch: number): ConvolutionState {
    return { past: zeros([batch, this.kernel - 1, this.dim]) };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: ConvolutionState): ConvolutionState {
    return state;
  }

  step(token: Tensor, { past }: ConvolutionState): { output: Tensor; state: ConvolutionState } {
    requireToken("CausalConvolution", token, this.dim, past.shape[0]);
    const window = concat([past, token.reshape([past.shape[0], 1, this.dim])], 1);
    return {
      output: select(this.#convolve(window, 1), 1, 0),
      state: { past: slice(window, [{ axis: 1, start: 1 }]) },
    };
  }

  /** @param window [batch, length + K − 1, dim] */
  #convolve(window: Tensor, length: number): Tensor {
    const terms = Array.from({ length: this.kernel }, (_, j) =>
      mul(slice(window, [{ axis: 1, start: j, end: j + length }]), select(this.weight, 0, j)),
    );
    const sum = terms.reduce((a, b) => add(a, b));
    return this.bias ? add(sum, this.bias) : sum;
  }
}
