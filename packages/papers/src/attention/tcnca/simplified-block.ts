import { Linear } from "@paperworks/nn";
import { add, silu, type Tensor } from "@paperworks/tensor";
import { ChunkedBlock, type ChunkedBlockOptions, type Projected, small } from "./chunked-block.ts";

/**
 * The block without its gates: no u, r and n, and values without an activation. With x̂ = LayerNorm(x) and m = Mix(x̂):
 *
 *   z̃ = silu(m W_z + b)        v = x̂ W_v        y = x + a W_o,   a the attention inside chunks (`ChunkedBlock`)
 *
 * Source: "TCNCA" (2023), associative recall.
 */
export class SimplifiedBlock extends ChunkedBlock<null> {
  readonly value: Linear;
  /** W_z and b */
  readonly shared: Linear;
  /** W_o */
  readonly output: Linear;

  constructor(options: ChunkedBlockOptions) {
    super(options);
    const { dim, attentionWidth, valueWidth } = this;
    const { weights: init = small() } = options;
    this.value = new Linear({ inFeatures: dim, outFeatures: valueWidth, bias: false, init });
    this.shared = new Linear({ inFeatures: dim, outFeatures: attentionWidth, init });
    this.output = new Linear({ inFeatures: valueWidth, outFeatures: dim, bias: false, init });
  }

  protected project(normed: Tensor, m: Tensor): Projected<null> {
    return { shared: silu(this.shared.forward(m)), v: this.value.forward(normed), rest: null };
  }

  protected finish(x: Tensor, attended: Tensor): Tensor {
    return add(x, this.output.forward(attended));
  }
}
