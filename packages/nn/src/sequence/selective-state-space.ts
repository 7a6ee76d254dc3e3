import {
  add,
  exp,
  fromArray,
  matmul,
  mul,
  neg,
  Parameter,
  permute,
  requireWhole,
  scan,
  silu,
  softplus,
  split,
  squeeze,
  type Tensor,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";
import { type Initializer, initialParameter, ones, uniform } from "../init.ts";
import { Linear } from "../layers/linear.ts";
import { Module } from "../module.ts";
import { CausalConvolution } from "./causal-convolution.ts";
import { requireSequence, requireToken, type SequenceCore } from "./sequence-core.ts";

export interface SelectiveStateSpaceOptions {
  dim: number;
  /** Inner width as a multiple of `dim`. */
  expand?: number;
  /** N, numbers of state a channel. */
  states?: number;
  /** Length of the causal convolution. */
  kernel?: number;
  /** Rank of the projection to the step sizes; dim/16, rounded up, when absent. */
  stepRank?: number;
}

/** The tokens before the convolution, and h [batch, inner, states]. */
export type StateSpaceState = { readonly past: Tensor; readonly memory: Tensor };

/** softplus⁻¹ of step sizes drawn log-uniformly between 0.001 and 0.1. */
const stepBias: Initializer = (shape, context) =>
  uniform({ low: Math.log(1e-3), high: Math.log(1e-1) })(shape, context).map((logStep) => {
    const step = Math.exp(logStep);
    return step + Math.log(-Math.expm1(-step));
  });

/**
 * The selective state space layer (Mamba; Gu and Dao, 2023): each inner channel has a small linear recurrence whose step size Δ,
 * input B and output C are computed from the token:
 *
 *   h_t = e^{Δ_t A} h_{t−1} + Δ_t B_t x_t        y_t = C_t h_t + D x_t
 *
 * with x = silu(conv(u W_x)), Δ = softplus(x W_Δ + b_Δ) through a low rank, A = −e^{a} for each channel and state, and the output
 * (y ⊙ silu(u W_z)) W_o.
 */
export class SelectiveStateSpace extends Module implements SequenceCore<StateSpaceState> {
  readonly dim: number;
  readonly inner: number;
  readonly states: number;
  readonly stepRank: number;
  readonly input: Linear;
  readonly convolution: CausalConvolution;
  readonly selection: Linear;
  readonly stepSize: Linear;
  /** a, with A = −eᵃ; 1 … states at the start, [inner, states] */
  readonly logDecay: Parameter;
  /** D [inner] */
  readonly skip: Parameter;
  readonly output: Linear;

  constructor(options: SelectiveStateSpaceOptions) {
    super();
    const { dim, expand = 2, states = 16, kernel = 4, stepRank = Math.ceil(dim / 16) } = options;
    requireWhole("SelectiveStateSpace: dim", dim, 1);
    requireWhole("SelectiveStateSpace: inner width", expand * dim, 1);
    requireWhole("SelectiveStateSpace: states", states, 1);
    requireWhole("SelectiveStateSpace: stepRank", stepRank, 1);
    this.dim = dim;
    this.inner = expand * dim;
    this.states = states;
    this.stepRank = stepRank;
    this.input = new Linear({ inFeatures: dim, outFeatures: 2 * this.inner, bias: false });
    this.convolution = new CausalConvolution({ dim: this.inner, kernel });
    this.selection = new Linear({ inFeatures: this.inner, outFeatures: stepRank + 2 * states, bias: false });
    const bound = stepRank ** -0.5;
    this.stepSize = new Linear({
      inFeatures: stepRank,
      outFeatures: this.inner,
      init: uniform({ low: -bound, high: bound }),
      biasInit: stepBias,
    });
    this.logDecay = new Parameter(
      fromArray(
        Float32Array.from({ length: this.inner * states }, (_, i) => Math.log(1 + (i % states))),
        [this.inner, states],
      ),
    );
    this.skip = initialParameter([this.inner], ones());
    this.output = new Linear({ inFeatures: this.inner, outFeatures: dim, bias: false });
  }

  forward(u: Tensor): Tensor {
    requireSequence("SelectiveStateSpace", u, this.dim);
    const [x, z] = split(this.input.forward(u), 2, 2);
    const inner = silu(this.convolution.forward(x));
    const first = zeros([u.shape[0], this.inner, this.states], u.dtype);
    const byToken = (t: Tensor): Tensor => permute(t, [1, 0, 2]);
    // Decays and inputs of all tokens at once: the loop that is left multiplies and adds.
    const selected = mapSelected(this.#select(inner), byToken);
    const { outputs } = scan(
      (memory: Tensor, token: { decay: Tensor; added: Tensor }) => {
        const next = add(mul(token.decay, memory), token.added);
        return { carry: next, output: next };
      },
      first,
      this.#terms(selected),
    );
    const read = squeeze(matmul(outputs, unsqueeze(selected.c, -1)), -1);
    return this.#finish(byToken(read), inner, z);
  }

  initialState(batch: number): StateSpaceState {
    return {
      past: this.convolution.initialState(batch).past,
      memory: zeros([batch, this.inner, this.states]),
    };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: StateSpaceState): StateSpaceState {
    return state;
  }

  step(token: Tensor, { past, memory }: StateSpaceState): { output: Tensor; state: StateSpaceState } {
    requireToken("SelectiveStateSpace", token, this.dim, memory.shape[0]);
    const [x, z] = split(this.input.forward(token), 2, 1);
    const convolved = this.convolution.step(x, { past });
    const inner = silu(convolved.output);
    const selected = this.#select(inner);
    const { decay, added } = this.#terms(selected);
    const next = add(mul(decay, memory), added);
    const read = squeeze(matmul(next, unsqueeze(selected.c, -1)), -1);
    return { output: this.#finish(read, inner, z), state: { past: convolved.state.past, memory: next } };
  }

  /** What a token chooses. @param x [..., inner] */
  #select(x: Tensor): Selected {
    const axis = x.rank - 1;
    const [low, b, c] = split(this.selection.forward(x), [this.stepRank, this.states, this.states], axis);
    const delta = softplus(this.stepSize.forward(low));
    return { delta, input: mul(delta, x), b, c };
  }

  /** e^{ΔA} and (Δ x) Bᵀ, of h ← e^{ΔA} h + (Δ x) Bᵀ, [..., inner, states] */
  #terms({ delta, input, b }: Selected): { decay: Tensor; added: Tensor } {
    return {
      decay: exp(mul(unsqueeze(delta, -1), neg(exp(this.logDecay)))),
      added: mul(unsqueeze(input, -1), unsqueeze(b, -2)),
    };
  }

  #finish(read: Tensor, inner: Tensor, z: Tensor): Tensor {
    return this.output.forward(mul(add(read, mul(this.skip, inner)), silu(z)));
  }
}

/** Δ and Δ x [..., inner], B and C [..., states] */
type Selected = { readonly delta: Tensor; readonly input: Tensor; readonly b: Tensor; readonly c: Tensor };

const mapSelected = ({ delta, input, b, c }: Selected, f: (t: Tensor) => Tensor): Selected => ({
  delta: f(delta),
  input: f(input),
  b: f(b),
  c: f(c),
});
