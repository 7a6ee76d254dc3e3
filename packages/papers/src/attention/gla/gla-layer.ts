import {
  CausalConvolution,
  Linear,
  Module,
  RmsNorm,
  requireSequence,
  requireToken,
  type SequenceCore,
} from "@paperworks/nn";
import {
  DomainError,
  expand,
  mul,
  permute,
  requireWhole,
  select,
  silu,
  type Tensor,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";
import { type GlaForm, gatedLinearAttention } from "./gated-linear-attention.ts";
import { type ForgetGate, type GateOptions, projectionInit, VectorGate } from "./gates.ts";
import { gatedStep } from "./recurrent-form.ts";

export interface GatedLinearAttentionOptions {
  dim: number;
  heads: number;
  /** Width of all keys together; dim/2 when absent. */
  keyDim?: number;
  /** Width of all values together; dim when absent. */
  valueDim?: number;
  /** A gate for each dimension of the keys when absent. */
  gate?: (options: GateOptions) => ForgetGate;
  /** Length of the causal convolution on queries, keys and values; none when absent. */
  shortConv?: number;
  form?: GlaForm;
  chunk?: number;
  subChunk?: number;
  checkpoint?: boolean;
}

/** S of all heads [batch, heads, d_k, d_v], and the last tokens before each short convolution [batch, kernel − 1, width]. */
export type GlaState = { readonly memory: Tensor; readonly past: readonly Tensor[] };

/**
 * The layer: y = (swish(x W_r) ⊙ RMSNorm(o)) W_o, with o from `gatedLinearAttention` on q = x W_q, k = x W_k, v = x W_v, the norm
 * over each head's values with one scale for all heads. No bias, and no positions: the gates tell near from far.
 *
 * Token by token it keeps S alone, heads·d_k·d_v numbers, however many tokens came before.
 */
export class GatedLinearAttention extends Module implements SequenceCore<GlaState> {
  readonly dim: number;
  readonly heads: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly gate: ForgetGate;
  readonly convolutions: readonly CausalConvolution[];
  readonly norm: RmsNorm;
  readonly swish: Linear;
  readonly output: Linear;
  readonly #options: Pick<GatedLinearAttentionOptions, "form" | "chunk" | "subChunk" | "checkpoint">;

  constructor(options: GatedLinearAttentionOptions) {
    super();
    const { dim, heads, keyDim = dim / 2, valueDim = dim, gate = (of) => new VectorGate(of), shortConv } = options;
    requireWhole("GatedLinearAttention: heads", heads, 1);
    for (const [name, width] of Object.entries({ dim, keyDim, valueDim })) {
      if (!Number.isInteger(width) || width % heads !== 0)
        throw new DomainError(`GatedLinearAttention: ${name} ${width} does not divide into ${heads} heads`);
    }
    this.dim = dim;
    this.heads = heads;
    const linear = (inFeatures: number, outFeatures: number): Linear =>
      new Linear({ inFeatures, outFeatures, bias: false, init: projectionInit() });
    this.query = linear(dim, keyDim);
    this.key = linear(dim, keyDim);
    this.value = linear(dim, valueDim);
    this.gate = gate({ dim, heads, keyWidth: keyDim / heads });
    this.convolutions =
      shortConv === undefined
        ? []
        : [keyDim, keyDim, valueDim].map(
            (width) => new CausalConvolution({ dim: width, kernel: shortConv, bias: false }),
          );
    this.norm = new RmsNorm({ dim: valueDim / heads, epsilon: 1e-5 });
    this.swish = linear(dim, valueDim);
    this.output = linear(valueDim, dim);
    const { form, chunk, subChunk, checkpoint } = options;
    this.#options = { form, chunk, subChunk, checkpoint };
  }

  forward(x: Tensor): Tensor {
    requireSequence("GatedLinearAttention", x, this.dim);
    const mixed = this.#projections(x).map((y, i) =>
      this.convolutions[i] ? silu(this.convolutions[i].forward(y)) : y,
    );
    const [q, k, v] = mixed.map((y) => this.#byHead(y));
    const gates = expand(permute(this.gate.logAlpha(x), [0, 2, 1, 3]), k.shape);
    const { output } = gatedLinearAttention(q, k, v, gates, this.#options);
    return this.#finish(x, permute(output, [0, 2, 1, 3]));
  }

  initialState(batch: number): GlaState {
    const [keyWidth, valueWidth] = [this.key, this.value].map(({ weight }) => weight.shape[1] / this.heads);
    return {
      memory: zeros([batch, this.heads, keyWidth, valueWidth]),
      past: this.convolutions.map((convolution) => convolution.initialState(batch).past),
    };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: GlaState): GlaState {
    return state;
  }

  step(token: Tensor, { memory, past }: GlaState): { output: Tensor; state: GlaState } {
    requireToken("GatedLinearAttention", token, this.dim, memory.shape[0]);
    const convolved = this.#projections(token).map((y, i) => {
      const convolution = this.convolutions[i];
      if (!convolution) return { output: y, past: [] };
      const { output, state } = convolution.step(y, { past: past[i] });
      return { output: silu(output), past: [state.past] };
    });
    const [q, k, v] = convolved.map(({ output }) => output.reshape([token.shape[0], this.heads, -1]));
    const logAlpha = expand(this.gate.logAlpha(token), k.shape);
    const next = gatedStep({ q: mul(q, 1 / Math.sqrt(q.shape[2])), k, v, logAlpha }, memory);
    return {
      output: select(this.#finish(unsqueeze(token, 1), unsqueeze(next.output, 1)), 1, 0),
      state: { memory: next.state, past: convolved.flatMap((y) => y.past) },
    };
  }

  #projections(x: Tensor): Tensor[] {
    return [this.query, this.key, this.value].map((projection) => projection.forward(x));
  }

  /** [batch, length, width] → [batch, heads, length, width/heads] */
  #byHead(x: Tensor): Tensor {
    const [batch, length, width] = x.shape;
    return permute(x.reshape([batch, length, this.heads, width / this.heads]), [0, 2, 1, 3]);
  }

  /** @param heads [batch, length, heads, d_v] */
  #finish(x: Tensor, heads: Tensor): Tensor {
    const [batch, length] = heads.shape;
    const normed = this.norm.forward(heads).reshape([batch, length, -1]);
    return this.output.forward(mul(silu(this.swish.forward(x)), normed));
  }
}
