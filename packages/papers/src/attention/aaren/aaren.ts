import {
  FeedForward,
  init,
  LayerNorm,
  Linear,
  Module,
  requireSequence,
  requireToken,
  type SequenceCore,
} from "@paperworks/nn";
import {
  add,
  DomainError,
  matmul,
  mul,
  type Parameter,
  permute,
  requireWhole,
  reshape,
  sum,
  type Tensor,
} from "@paperworks/tensor";
import {
  type AttentionState,
  attentionElements,
  attentionIdentity,
  attentionOutput,
  mergeAttention,
} from "./attention-state.ts";
import { LearnedPositions } from "./positions.ts";
import { type PrefixAttentionForm, prefixAttention } from "./prefix-attention.ts";
import type { StackOptions } from "./stack-options.ts";

export interface AarenOptions {
  /** Width d of tokens and outputs; a multiple of `heads`. */
  dim: number;
  heads: number;
  /** How `forward` computes the prefixes; by length when absent. */
  form?: PrefixAttentionForm;
}

/**
 * Up to this length the matrix form is the faster one. Forward and backward on two cores, 4 heads of width 16, in ms by the
 * matrix and by the scan: 64 × 12 tokens 0.5 and 1.0, 32 × 59 0.7 and 2.5, 32 × 120 3.7 and 4.9, 8 × 256 4.0 and 3.0,
 * 1 × 2,048 37 and 4.6.
 */
const matrixLength = 128;

/**
 * [A]ttention [a]s a [re]current neural [n]etwork: attention whose query is a learned vector of the layer, not of the token.
 *
 *   q = q_layer W_q        k_i = h_i W_k        v_i = h_i W_v        s_i = q·k_i/√(d/heads)
 *   o_k = Σ_{i≤k} e^{s_i} v_i / Σ_{i≤k} e^{s_i}        y_k = o_k W_o
 *
 * a head each. Since no query depends on a token, output k is a function of (m, u, w) over the prefix, and a new token
 * costs the same however many came before: a state of d + 2·heads numbers.
 *
 * Training takes whole sequences by the matrix form up to 128 tokens and by the parallel scan beyond, whichever is the faster;
 * both are exact.
 * Source: "Attention as an RNN", section 3.3.
 */
export class Aaren extends Module {
  readonly heads: number;
  readonly dim: number;
  readonly form?: PrefixAttentionForm;
  /** The query before its projection, N(0, 0.02²), [1, dim] */
  readonly token: Parameter;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;

  constructor({ dim, heads, form }: AarenOptions) {
    super();
    requireWhole("Aaren: heads", heads, 1);
    requireWhole("Aaren: dim", dim, 1);
    if (dim % heads !== 0) throw new DomainError(`Aaren: a width of ${dim} does not divide into ${heads} heads`);
    this.dim = dim;
    this.heads = heads;
    if (form) this.form = form;
    this.token = init.initialParameter([1, dim], init.normal({ std: 0.02 }));
    this.query = new Linear({ inFeatures: dim, outFeatures: dim });
    this.key = new Linear({ inFeatures: dim, outFeatures: dim });
    this.value = new Linear({ inFeatures: dim, outFeatures: dim });
    this.output = new Linear({ inFeatures: dim, outFeatures: dim });
  }

  /** @param h [batch, length, dim] @returns [batch, length, dim] */
  forward(h: Tensor): Tensor {
    requireSequence("Aaren", h, this.dim);
    const [batch, length, dim] = h.shape;
    const { scores, values } = this.#tokens(h);
    const form = this.form ?? (length <= matrixLength ? "matrix" : "scan");
    const heads = prefixAttention(scores, values, { form });
    return this.output.forward(reshape(permute(heads, [0, 2, 1, 3]), [batch, length, dim]));
  }

  /** The state before the first token: m, u [batch, heads], w [batch, heads, dim/heads]. */
  initialState(batch: number): AttentionState {
    return attentionIdentity([batch, this.heads], this.dim / this.heads);
  }

  /** One token in constant memory: z ← z ⊕ (s, 1, v). @param h [batch, dim] @returns output [batch, dim] */
  step(h: Tensor, state: AttentionState): { output: Tensor; state: AttentionState } {
    const [batch, dim] = [state.m.shape[0], this.dim];
    requireToken("Aaren", h, dim, batch);
    const { scores, values } = this.#tokens(reshape(h, [batch, 1, dim]));
    const token = attentionElements(
      reshape(scores, [batch, this.heads]),
      reshape(values, [batch, this.heads, dim / this.heads]),
    );
    const next = mergeAttention(state, token);
    return { output: this.output.forward(reshape(attentionOutput(next), [batch, dim])), state: next };
  }

  /**
   * Since the query is one for all tokens, no key need be computed: q·(h W_k + b_k) = h·(W_k q) + b_k·q, a product of width
   * `heads` in place of one of width d.
   *
   * @param h [batch, length, dim]
   * @returns scores [batch, heads, length], values [batch, heads, length, dim/heads]
   */
  #tokens(h: Tensor): { scores: Tensor; values: Tensor } {
    const [batch, length, dim] = h.shape;
    const { heads, key } = this;
    const width = dim / heads;
    const query = mul(this.query.forward(this.token), 1 / Math.sqrt(width));
    const byHead = (x: Tensor): Tensor => sum(reshape(mul(x, query), [-1, heads, width]), -1);
    const weights = byHead(key.weight);
    const bias = byHead(reshape(key.bias as Tensor, [1, dim]));
    const scores = permute(add(matmul(h, weights), bias), [0, 2, 1]);
    const values = permute(reshape(this.value.forward(h), [batch, length, heads, width]), [0, 2, 1, 3]);
    return { scores, values };
  }
}

export interface AarenBlockOptions extends AarenOptions {
  /** 4·dim when absent. */
  hidden?: number;
}

/** The pre-norm block: y = h + Aaren(LN h), z = y + FeedForward(LN y). */
export class AarenBlock extends Module {
  readonly attentionNorm: LayerNorm;
  readonly attention: Aaren;
  readonly feedForwardNorm: LayerNorm;
  readonly feedForward: FeedForward;

  constructor({ dim, hidden, ...options }: AarenBlockOptions) {
    super();
    this.attentionNorm = new LayerNorm({ dim });
    this.attention = new Aaren({ dim, ...options });
    this.feedForwardNorm = new LayerNorm({ dim });
    this.feedForward = new FeedForward({ dim, hidden });
  }

  /** @param h [batch, length, dim] @returns [batch, length, dim] */
  forward(h: Tensor): Tensor {
    return this.#rest(add(h, this.attention.forward(this.attentionNorm.forward(h))));
  }

  /** @param h [batch, dim] */
  step(h: Tensor, state: AttentionState): { output: Tensor; state: AttentionState } {
    const attended = this.attention.step(this.attentionNorm.forward(h), state);
    return { output: this.#rest(add(h, attended.output)), state: attended.state };
  }

  #rest(y: Tensor): Tensor {
    return add(y, this.feedForward.forward(this.feedForwardNorm.forward(y)));
  }
}

/** d + 2·heads numbers a block, and the number of tokens so far where positions are learned. */
export type AarenState = { readonly blocks: readonly AttentionState[]; readonly position: Tensor };

/** Blocks on learned positions, and a last LayerNorm. A stack of them is a stacked RNN. */
export class AarenStack extends Module implements SequenceCore<AarenState> {
  readonly dim: number;
  readonly positions: LearnedPositions;
  readonly blocks: readonly AarenBlock[];
  readonly norm: LayerNorm;

  constructor({ dim, heads, depth, hidden, positions, form }: StackOptions & Pick<AarenOptions, "form">) {
    super();
    requireWhole("AarenStack: depth", depth, 1);
    this.dim = dim;
    this.positions = new LearnedPositions({ count: positions, dim });
    this.blocks = Array.from({ length: depth }, () => new AarenBlock({ dim, heads, hidden, form }));
    this.norm = new LayerNorm({ dim });
  }

  forward(x: Tensor): Tensor {
    requireSequence("AarenStack", x, this.dim, this.positions.count);
    return this.norm.forward(this.blocks.reduce((h, block) => block.forward(h), this.positions.forward(x)));
  }

  initialState(batch: number): AarenState {
    requireWhole("AarenStack: batch", batch, 1);
    return {
      blocks: this.blocks.map(({ attention }) => attention.initialState(batch)),
      position: this.positions.start(),
    };
  }

  /** There is always room: the state does not grow. */
  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: AarenState): AarenState {
    return state;
  }

  step(token: Tensor, { blocks, position }: AarenState): { output: Tensor; state: AarenState } {
    requireToken("AarenStack", token, this.dim, blocks[0].m.shape[0]);
    let h = this.positions.at(token, position);
    const next = this.blocks.map((block, i) => {
      const { output, state } = block.step(h, blocks[i]);
      h = output;
      return state;
    });
    return { output: this.norm.forward(h), state: { blocks: next, position: add(position, 1) } };
  }
}
