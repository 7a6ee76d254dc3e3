import { init, initialParameter, Module, MultiHeadAttention, requireSequence, type TokenMixer } from "@paperworks/nn";
import {
  matmul,
  mul,
  type Parameter,
  requireWhole,
  ShapeError,
  softmax,
  type Tensor,
  transpose,
} from "@paperworks/tensor";

/**
 * Linformer's attention (Wang et al., 2020): keys and values are compressed along the tokens, and every query attends to all that is
 * left of them, softmax(q (Eᵀk)ᵀ/√d) Fᵀv. E and F are shared by the heads.
 */
export class LinformerAttention extends Module implements TokenMixer {
  readonly attention: MultiHeadAttention;
  /** E, [n, n_down] */
  readonly compressKeys: Parameter;
  /** F, [n, n_down] */
  readonly compressValues: Parameter;

  /** @param options n tokens, compressed to n_down = reducedTokens */
  constructor({
    dim,
    heads,
    tokens,
    reducedTokens,
  }: { dim: number; heads: number; tokens: number; reducedTokens: number }) {
    super();
    requireWhole("LinformerAttention: reducedTokens", reducedTokens, 1);
    this.attention = new MultiHeadAttention({ dim, heads });
    // Columns that sum over all tokens to something of the size of one of them.
    const start = init.normal({ std: 1 / Math.sqrt(tokens) });
    this.compressKeys = initialParameter([tokens, reducedTokens], start);
    this.compressValues = initialParameter([tokens, reducedTokens], start);
  }

  /** @param x [batch, n, dim] */
  attend(x: Tensor): { output: Tensor } {
    requireSequence("LinformerAttention", x, this.attention.query.weight.shape[0]);
    const [tokens] = this.compressKeys.shape;
    if (x.shape[1] !== tokens)
      throw new ShapeError(`LinformerAttention was made for ${tokens} tokens, got ${x.shape[1]}`);
    const { q, k, v } = this.attention.project(x);
    const keys = matmul(transpose(this.compressKeys), k);
    const values = matmul(transpose(this.compressValues), v);
    const weights = softmax(matmul(mul(q, 1 / Math.sqrt(q.shape[3])), transpose(keys)));
    return { output: this.attention.join(matmul(weights, values)) };
  }
}
