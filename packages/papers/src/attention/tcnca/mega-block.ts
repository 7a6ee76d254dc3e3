import { Linear } from "@paperworks/nn";
import { add, mul, sigmoid, silu, split, sub, type Tensor } from "@paperworks/tensor";
import { ChunkedBlock, type ChunkedBlockOptions, type Projected, small } from "./chunked-block.ts";

/** u, r and n. */
type Gates = { readonly update: Tensor; readonly reset: Tensor; readonly candidate: Tensor };

/**
 * MEGA's gated attention block, around any smoothing of the sequence. With x̂ = LayerNorm(x):
 *
 *   v = silu(x̂ W_v)        m = Mix(x̂)        [u | z̃ | r | n] = m W_m + b,   u = σ(u), z̃ = silu(z̃), r = silu(r)
 *   a = attention inside chunks, queries and keys from z̃ (`ChunkedBlock`)
 *   ĥ = silu(n + (a ⊙ r) W_h)        y = x + u ⊙ (ĥ − x)
 *
 * With a moving average for the mix it is MEGA's block, with a temporal convolutional network TCNCA's.
 *
 * Source: Ma et al., "Mega: Moving Average Equipped Gated Attention" (2022), section 3; "TCNCA" (2023).
 */
export class MegaBlock extends ChunkedBlock<Gates> {
  readonly value: Linear;
  /** W_m and b, to widths dim, z, e and dim */
  readonly gates: Linear;
  /** W_h */
  readonly output: Linear;

  constructor(options: ChunkedBlockOptions) {
    super(options);
    const { dim, attentionWidth, valueWidth } = this;
    const { weights: init = small() } = options;
    const outer = dim + attentionWidth + valueWidth + dim;
    this.value = new Linear({ inFeatures: dim, outFeatures: valueWidth, bias: false, init });
    this.gates = new Linear({ inFeatures: dim, outFeatures: outer, init });
    this.output = new Linear({ inFeatures: valueWidth, outFeatures: dim, bias: false, init });
  }

  protected project(normed: Tensor, m: Tensor): Projected<Gates> {
    const widths = [this.dim, this.attentionWidth, this.valueWidth, this.dim];
    const [u, z, r, candidate] = split(this.gates.forward(m), widths, m.rank - 1);
    return {
      shared: silu(z),
      v: silu(this.value.forward(normed)),
      rest: { update: sigmoid(u), reset: silu(r), candidate },
    };
  }

  protected finish(x: Tensor, attended: Tensor, { update, reset, candidate }: Gates): Tensor {
    const next = silu(add(candidate, this.output.forward(mul(attended, reset))));
    return add(x, mul(update, sub(next, x)));
  }
}
