import { Module, MultiHeadAttention, requireSequence, type TokenMixer } from "@paperworks/nn";
import {
  concat,
  matmul,
  mul,
  ShapeError,
  select,
  slice,
  softmax,
  stopGradient,
  type Tensor,
  transpose,
} from "@paperworks/tensor";
import { connectivityIndices, connectivityMask, keptKeys } from "./connectivity-mask.ts";
import { ConnectivityPredictor, type ConnectivityPredictorOptions, type TokensLeft } from "./connectivity-predictor.ts";
import { learnedRanking, type Ranking } from "./rankings.ts";
import { type SparseExecution, sparseAttention } from "./sparse-attention.ts";

/** "dense" attends to all tokens, whatever the budget: so the predictor is trained. */
export type Execution = SparseExecution | "dense";

export type SparsifinerAttentionOptions = Omit<ConnectivityPredictorOptions, "headDim"> & {
  dim: number;
  heads: number;
  /** The share of keys that each query attends to, in (0, 1]; 1 is dense attention without a predictor. */
  keep?: number;
  /** What chooses the keys in place of a predictor. */
  ranking?: Ranking;
};

/** What one layer makes of its tokens. */
export interface SparseMixing {
  /** [batch, left, dim] */
  output: Tensor;
  /** [batch, heads, left, left]; none when gathered. */
  weights?: Tensor;
  /** The class token's row of them, [batch, heads, left] */
  classWeights: Tensor;
  /** What the keys were ranked for and by, [batch, heads, left, d]; no gradient leaves them. */
  queries: Tensor;
  keys: Tensor;
  /** The ranking, [..., left − 1, left]; none when all are kept. */
  scores?: Tensor;
  /** Ã as it is fitted, [batch, heads, left − 1, left], where there is a predictor. No gradient leaves it but to the predictor. */
  approximation?: Tensor;
}

/**
 * Attention in which each query but the class token's sees m = ⌈keep·n⌉ keys of its own, chosen by a predictor or by a given ranking.
 * After tokens were dropped m stays what it was, as far as there are tokens left.
 *
 * Source: "Sparsifiner: Learning Sparse Instance-Dependent Attention for Efficient Vision Transformers", section 3.
 */
export class SparsifinerAttention extends Module implements TokenMixer {
  readonly tokens: number;
  /** m */
  readonly budget: number;
  readonly attention: MultiHeadAttention;
  readonly predictor?: ConnectivityPredictor;
  readonly #ranking?: Ranking;

  constructor(options: SparsifinerAttentionOptions) {
    super();
    const { dim, heads, tokens, keep = 0.25, ranking } = options;
    this.tokens = tokens;
    this.budget = keptKeys(tokens, keep);
    this.attention = new MultiHeadAttention({ dim, heads });
    if (!ranking && keep < 1) this.predictor = new ConnectivityPredictor({ ...options, headDim: dim / heads });
    this.#ranking = ranking ?? (this.predictor && learnedRanking(this.predictor));
  }

  /**
   * @param x [batch, left, dim]
   * @throws ShapeError if x has other tokens than the layer was made for, or than `kept` lists
   */
  attend(x: Tensor, { kept, execution = "masked" }: TokensLeft & { execution?: Execution } = {}): SparseMixing {
    requireSequence("SparsifinerAttention", x, this.attention.query.weight.shape[0]);
    const left = kept ? kept.shape[1] : this.tokens;
    if (x.shape[1] !== left)
      throw new ShapeError(
        `SparsifinerAttention was made for ${this.tokens} tokens, ${left} of them left, got ${x.shape[1]}`,
      );
    const { q, k, v } = this.attention.project(x);
    const [queries, keys] = [stopGradient(q), stopGradient(k)];
    const scores = this.#ranking?.({ q: queries, k: keys, kept });
    const approximation = this.predictor?.approximate(queries, keys, { kept });
    const { heads, ...weights } = this.#attend(q, k, v, scores, execution);
    return { output: this.attention.join(heads), ...weights, queries, keys, scores, approximation };
  }

  #attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    scores: Tensor | undefined,
    execution: Execution,
  ): Pick<SparseMixing, "weights" | "classWeights"> & { heads: Tensor } {
    const count = Math.min(this.budget, k.shape[2]);
    if (execution === "gathered" && scores) {
      const first = denseAttention(slice(q, [{ axis: 2, end: 1 }]), k, v);
      const patches = slice(q, [{ axis: 2, start: 1 }]);
      const rest = sparseAttention(patches, k, v, connectivityIndices(scores, { count }), { execution });
      return { heads: concat([first.output, rest.output], 2), classWeights: select(first.weights, 2, 0) };
    }
    const { output, weights } =
      execution === "dense" || !scores
        ? denseAttention(q, k, v)
        : sparseAttention(q, k, v, connectivityMask(scores, { count }));
    return { heads: output, weights, classWeights: select(weights, 2, 0) };
  }
}

function denseAttention(q: Tensor, k: Tensor, v: Tensor): { output: Tensor; weights: Tensor } {
  const weights = softmax(matmul(mul(q, 1 / Math.sqrt(q.shape[3])), transpose(k)));
  return { output: matmul(weights, v), weights };
}
