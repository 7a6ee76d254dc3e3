import {
  add,
  DomainError,
  type Generator,
  matmul,
  mul,
  permute,
  requireWhole,
  reshape,
  ShapeError,
  softmax,
  type Tensor,
  transpose,
} from "@paperworks/tensor";
import { Module } from "../module.ts";
import { causalAttention } from "../sequence/causal-attention.ts";
import { causalBias } from "../sequence/causal-bias.ts";
import { Dropout } from "./dropout.ts";
import { Linear } from "./linear.ts";
import { maskedSoftmax } from "./masked-softmax.ts";

export interface MultiHeadAttentionOptions {
  /** Width of queries and of the output; a multiple of `heads`. */
  dim: number;
  heads: number;
  /** Width of keys' and values' inputs; `dim` when absent. */
  keyDim?: number;
  valueDim?: number;
  /** Position i sees positions 0 … i alone. */
  causal?: boolean;
  bias?: boolean;
  /** Rate of dropout on the attention weights. */
  dropout?: number;
  generator?: Generator;
}

export interface AttentionInputs {
  /** [batch, sources, keyDim]; the queries when absent. */
  keys?: Tensor;
  /** [batch, sources, valueDim]; the keys when absent. */
  values?: Tensor;
  /** bool, true where a query may look, broadcast against [batch, heads, targets, sources]. A row of false looks everywhere alike. */
  mask?: Tensor;
}

/**
 * Attention of several heads (Vaswani et al., 2017): head h gives softmax(Q_h K_hᵀ/√d) V_h with d = dim/heads; the heads
 * side by side pass through one more linear map.
 */
export class MultiHeadAttention extends Module {
  readonly heads: number;
  readonly causal: boolean;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly dropout: Dropout;

  constructor(options: MultiHeadAttentionOptions) {
    super();
    const {
      dim,
      heads,
      keyDim = dim,
      valueDim = keyDim,
      causal = false,
      bias = true,
      dropout = 0,
      generator,
    } = options;
    requireWhole("MultiHeadAttention: heads", heads, 1);
    if (dim % heads !== 0)
      throw new DomainError(`MultiHeadAttention: a width of ${dim} does not divide into ${heads} heads`);
    this.heads = heads;
    this.causal = causal;
    this.query = new Linear({ inFeatures: dim, outFeatures: dim, bias, generator });
    this.key = new Linear({ inFeatures: keyDim, outFeatures: dim, bias, generator });
    this.value = new Linear({ inFeatures: valueDim, outFeatures: dim, bias, generator });
    this.output = new Linear({ inFeatures: dim, outFeatures: dim, bias, generator });
    this.dropout = new Dropout({ rate: dropout, generator });
  }

  /** @param queries [batch, targets, dim] @returns [batch, targets, dim] */
  forward(queries: Tensor, inputs: AttentionInputs = {}): Tensor {
    if (!this.causal || inputs.mask) return this.attend(queries, inputs).output;
    const { q, k, v } = this.#operands(queries, inputs);
    return this.join(causalAttention(q, k, v, { onWeights: (weights) => this.dropout.forward(weights) }));
  }

  /**
   * The output with the weights behind it.
   *
   * @param queries [batch, targets, dim]
   * @returns output [batch, targets, dim]; weights [batch, heads, targets, sources], before dropout
   */
  attend(queries: Tensor, inputs: AttentionInputs = {}): { output: Tensor; weights: Tensor } {
    const { q, k, v } = this.#operands(queries, inputs);
    let scores = matmul(q, transpose(k));
    if (this.causal) scores = add(scores, causalBias(q.shape[2], q.shape[2], scores));
    const weights = inputs.mask ? maskedSoftmax(scores, inputs.mask) : softmax(scores);
    return { output: this.join(matmul(this.dropout.forward(weights), v)), weights };
  }

  /** Queries, scaled, keys and values by head. */
  #operands(queries: Tensor, { keys = queries, values = keys }: AttentionInputs): { q: Tensor; k: Tensor; v: Tensor } {
    if (queries.rank !== 3)
      throw new ShapeError(`attention takes [batch, length, dim], got [${queries.shape.join(", ")}]`);
    const [, targets] = queries.shape;
    const sources = keys.shape[1];
    if (this.causal && sources !== targets)
      throw new ShapeError(`causal attention needs as many keys as queries, got ${sources} and ${targets}`);
    const { q, k, v } = this.project(queries, keys, values);
    // The scale goes to the queries: the smallest of the tensors it could go to.
    return { q: mul(q, 1 / Math.sqrt(q.shape[3])), k, v };
  }

  /**
   * Queries (not yet scaled), keys and values by head: for layers that attend in their own way.
   *
   * @param queries [batch, targets, dim]
   * @returns q [batch, heads, targets, dim/heads]; k and v [batch, heads, sources, dim/heads]
   */
  project(queries: Tensor, keys: Tensor = queries, values: Tensor = keys): { q: Tensor; k: Tensor; v: Tensor } {
    return {
      q: this.#split(this.query.forward(queries)),
      k: this.#split(this.key.forward(keys)),
      v: this.#split(this.value.forward(values)),
    };
  }

  /** The heads side by side through the last linear map. @param heads [batch, heads, targets, dim/heads] @returns [batch, targets, dim] */
  join(heads: Tensor): Tensor {
    const [batch, count, targets, width] = heads.shape;
    return this.output.forward(reshape(permute(heads, [0, 2, 1, 3]), [batch, targets, count * width]));
  }

  /** [batch, length, dim] → [batch, heads, length, dim/heads] */
  #split(x: Tensor): Tensor {
    const [batch, length, dim] = x.shape;
    return permute(reshape(x, [batch, length, this.heads, dim / this.heads]), [0, 2, 1, 3]);
  }
}
