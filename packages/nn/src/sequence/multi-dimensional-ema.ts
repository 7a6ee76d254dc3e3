import {
  add,
  DomainError,
  log1p,
  mul,
  neg,
  type Parameter,
  requireWhole,
  sigmoid,
  silu,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { type Initializer, initialParameter, normal } from "../init.ts";
import { Module } from "../module.ts";
import {
  type EmaCoefficients,
  type EmaForm,
  emaByChunk,
  emaByFft,
  emaByKernel,
  emaByToken,
  emaStep,
} from "./ema-forms.ts";
import { requireSequence, requireToken, type SequenceCore } from "./sequence-core.ts";

export interface MultiDimensionalEmaOptions {
  dim: number;
  /** h, moving averages a channel. */
  size: number;
  /** How it is computed; all forms give the same. */
  form?: EmaForm;
  /** Tokens of a chunk, of the form of this name. */
  chunk?: number;
  /** A second average, of the tokens behind. */
  bidirectional?: boolean;
}

/** h, the averages of the tokens so far, [batch, dim, h] */
export type EmaState = { readonly averages: Tensor };

/** ±1 in turn, with N(0, 0.02²) added: averages of both signs. */
const alternating: Initializer = (shape, context) =>
  normal({ std: 0.02 })(shape, context).map((noise, i) => noise + ((i % shape[1]) % 2 === 0 ? 1 : -1));

/** The parameters of one direction. */
export class DampedAverage extends Module {
  /** α, with p = σ(α) [dim, h] */
  readonly alpha: Parameter;
  /** δ, with q̄ = 1 − p σ(δ) [dim, h] */
  readonly delta: Parameter;
  /** β, what a channel adds to each average [dim, h] */
  readonly beta: Parameter;
  /** η, how the averages are read [dim, h] */
  readonly eta: Parameter;

  constructor({ dim, size }: { dim: number; size: number }) {
    super();
    const shape = [dim, size];
    this.alpha = initialParameter(shape, normal({ std: 0.2 }));
    this.delta = initialParameter(shape, normal({ std: 0.2 }));
    this.beta = initialParameter(shape, alternating);
    this.eta = initialParameter(shape, normal());
  }

  coefficients(): EmaCoefficients {
    const p = sigmoid(this.alpha);
    return {
      input: mul(p, this.beta),
      output: mul(this.eta, 1 / Math.sqrt(this.eta.shape[1])),
      logDecay: log1p(neg(mul(p, sigmoid(this.delta)))),
    };
  }
}

/**
 * The multi-dimensional damped exponential moving average of MEGA: each channel is spread over h averages of different decay,
 * which are summed up again,
 *
 *   h_t = q̄ ⊙ h_{t−1} + p β x_t        m_t = silu(Σ_j η_j h_{tj}/√h + ω x_t)        p = σ(α), q̄ = 1 − p σ(δ)
 *
 * A linear recurrence, so also a convolution with κ(l) = Σ_j p_j β_j η_j q̄_j^l/√h: by Fourier transforms ("fft", O(L log L)), as a
 * product with a matrix ("kernel", O(L²)), by chunks ("chunk") or token by token ("recurrent").
 *
 * Source: Ma et al., "Mega: Moving Average Equipped Gated Attention" (2022), section 3.1.
 */
export class MultiDimensionalEma extends Module implements SequenceCore<EmaState> {
  readonly dim: number;
  readonly form: EmaForm;
  readonly chunk: number;
  readonly forwards: DampedAverage;
  readonly backwards?: DampedAverage;
  /** ω [dim] */
  readonly omega: Parameter;

  /** @throws DomainError for sizes below 1 or an unknown form */
  constructor(options: MultiDimensionalEmaOptions) {
    super();
    const { dim, size, form = "fft", chunk = 256, bidirectional = false } = options;
    requireWhole("MultiDimensionalEma: dim", dim, 1);
    requireWhole("MultiDimensionalEma: size", size, 1);
    requireWhole("MultiDimensionalEma: chunk", chunk, 1);
    if (!["fft", "kernel", "chunk", "recurrent"].includes(form))
      throw new DomainError(`MultiDimensionalEma: the form is "fft", "kernel", "chunk" or "recurrent", not "${form}"`);
    this.dim = dim;
    this.form = form;
    this.chunk = chunk;
    this.forwards = new DampedAverage({ dim, size });
    if (bidirectional) this.backwards = new DampedAverage({ dim, size });
    this.omega = initialParameter([dim], normal());
  }

  forward(x: Tensor): Tensor {
    return silu(this.smooth(x));
  }

  /** The linear part alone, κ * x + ω ⊙ x. @param x [batch, length, dim] @returns [batch, length, dim] */
  smooth(x: Tensor): Tensor {
    requireSequence("MultiDimensionalEma", x, this.dim);
    return add(this.#averaged(x), mul(x, this.omega));
  }

  #averaged(x: Tensor): Tensor {
    const directions = [this.forwards.coefficients(), this.backwards?.coefficients()] as const;
    switch (this.form) {
      case "fft":
        return emaByFft(x, ...directions);
      case "kernel":
        return emaByKernel(x, ...directions);
      case "chunk":
        return emaByChunk(x, ...directions, this.chunk);
      case "recurrent":
        return emaByToken(x, ...directions);
    }
  }

  initialState(batch: number): EmaState {
    return { averages: zeros([batch, ...this.forwards.alpha.shape]) };
  }

  room(): number {
    return Number.POSITIVE_INFINITY;
  }

  grow(state: EmaState): EmaState {
    return state;
  }

  /** @throws DomainError where tokens behind are averaged too */
  step(token: Tensor, { averages }: EmaState): { output: Tensor; state: EmaState } {
    requireToken("MultiDimensionalEma", token, this.dim, averages.shape[0]);
    if (this.backwards) throw new DomainError("MultiDimensionalEma: in both directions it cannot go token by token");
    const { output, state } = emaStep(token, averages, this.forwards.coefficients());
    return { output: silu(add(output, mul(token, this.omega))), state: { averages: state } };
  }
}
