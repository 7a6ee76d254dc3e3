import {
  add,
  Buffer,
  customVjp,
  DomainError,
  div,
  mean,
  mul,
  neg,
  ones,
  type Parameter,
  requireWhole,
  reshape,
  rsqrt,
  ShapeError,
  scaleAndShift,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import * as init from "../init.ts";
import { Module } from "../module.ts";
import { requireChannels, requireEpsilon } from "./norms.ts";

const allButChannels = (x: Tensor): number[] => x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** μ [1, C, 1, …], x − μ, and Σ(x − μ)² [C] of each channel. */
function statistics(x: Tensor) {
  const batchMean = mean(x, allButChannels(x), { keepDims: true });
  const centred = sub(x, batchMean);
  return { batchMean, centred, squares: sum(square(centred), allButChannels(x)) };
}

/**
 * y = γ (x − μ) s + β with s = 1/√(σ² + ε), by the statistics of the batch. The derivative in x as it is derived by hand,
 * with sums over the n values of a channel, takes half the passes of the one that follows each step:
 *
 *   ∂x = γ s (g − Σg/n − (x − μ) s² Σg(x − μ)/n)    ∂γ = s Σg(x − μ)    ∂β = Σg
 */
function standardizeBatch(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const channels = weight.size;
  const count = x.size / channels;
  const scaleOf = (squares: Tensor): Tensor => rsqrt(add(div(squares, count), epsilon));
  return customVjp({
    forward(values, gamma, beta) {
      const { centred, squares } = statistics(values);
      return { outputs: [scaleAndShift(centred, mul(gamma, scaleOf(squares)), beta)], residuals: [values, gamma] };
    },
    backward([values, gamma], [g]) {
      if (!g) return [undefined, undefined, undefined];
      // As in the forward pass, so that a program computes it once.
      const { centred, squares } = statistics(values);
      const scale = scaleOf(squares);
      const total = sum(g, allButChannels(g));
      const along = sum(mul(g, centred), allButChannels(g));
      const slope = div(neg(mul(square(scale), along)), count);
      const inner = add(g, mul(centred, reshape(slope, [channels, ...new Array(g.rank - 2).fill(1)])));
      const gain = mul(gamma, scale);
      return [scaleAndShift(inner, gain, div(neg(mul(gain, total)), count)), mul(along, scale), total];
    },
  })(x, weight, bias)[0];
}

export interface BatchNormOptions {
  channels: number;
  epsilon?: number;
  /** Part of a new batch in the running statistics. */
  momentum?: number;
  affine?: boolean;
}

/**
 * y = γ (x − μ)/√(σ² + ε) + β a channel (Ioffe and Szegedy, 2015). In training μ and σ² are those of the batch, and the
 * running statistics move towards them: r ← (1 − momentum) r + momentum·batch, with the unbiased variance n/(n − 1)·σ².
 * In evaluation they are the running statistics.
 */
export class BatchNorm extends Module {
  readonly channels: number;
  readonly epsilon: number;
  readonly momentum: number;
  /** γ [channels] */
  readonly weight?: Parameter;
  /** β [channels] */
  readonly bias?: Parameter;
  /** [channels] */
  readonly runningMean: Buffer;
  /** [channels] */
  readonly runningVariance: Buffer;

  constructor({ channels, epsilon = 1e-5, momentum = 0.1, affine = true }: BatchNormOptions) {
    super();
    requireWhole("BatchNorm: channels", channels, 1);
    requireEpsilon("BatchNorm", epsilon);
    if (!(momentum >= 0 && momentum <= 1)) throw new DomainError(`BatchNorm: momentum lies in [0, 1], got ${momentum}`);
    this.channels = channels;
    this.epsilon = epsilon;
    this.momentum = momentum;
    if (affine) {
      this.weight = init.initialParameter([channels], init.ones());
      this.bias = init.initialParameter([channels], init.zeros());
    }
    this.runningMean = new Buffer(zeros([channels]));
    this.runningVariance = new Buffer(ones([channels]));
  }

  /** @param x [N, channels, ...spatial] */
  forward(x: Tensor): Tensor {
    requireChannels("BatchNorm", x, this.channels);
    return this.training ? this.#byBatch(x) : this.#byRunning(x);
  }

  /** What the norm is in evaluation, as it stands now: s x + t with s = γ/√(v + ε), t = β − m s, each [channels], m and v running. */
  affine(): { scale: Tensor; shift: Tensor } {
    const spread = rsqrt(add(this.runningVariance, this.epsilon));
    const scale = this.weight ? mul(spread, this.weight) : spread;
    const shift = mul(neg(this.runningMean), scale);
    return { scale, shift: this.bias ? add(shift, this.bias) : shift };
  }

  #byRunning(x: Tensor): Tensor {
    const { scale, shift } = this.affine();
    return scaleAndShift(x, scale, shift);
  }

  #byBatch(x: Tensor): Tensor {
    const count = x.size / this.channels;
    if (count < 2)
      throw new ShapeError(`BatchNorm in training needs two values a channel, got [${x.shape.join(", ")}]`);
    const { batchMean, squares } = statistics(x);
    this.#track(this.runningMean, reshape(batchMean, [this.channels]));
    this.#track(this.runningVariance, div(squares, count - 1));
    const [weight, bias] = [this.weight ?? ones([this.channels]), this.bias ?? zeros([this.channels])];
    return standardizeBatch(x, weight, bias, this.epsilon);
  }

  #track(running: Buffer, batch: Tensor): void {
    running.assign(add(mul(running, 1 - this.momentum), mul(stopGradient(batch), this.momentum)));
  }
}
