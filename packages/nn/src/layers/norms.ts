import {
  add,
  Buffer,
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
  standardize,
  stopGradient,
  sub,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import * as init from "../init.ts";
import { Module } from "../module.ts";

function requireEpsilon(name: string, epsilon: number): void {
  if (!(epsilon > 0)) throw new DomainError(`${name}: epsilon must be above 0, got ${epsilon}`);
}

function requireChannels(name: string, x: Tensor, channels: number): void {
  if (x.shape.length < 2 || x.shape[1] !== channels)
    throw new ShapeError(`${name} over ${channels} channels takes [N, ${channels}, ...], got [${x.shape.join(", ")}]`);
}

export interface LayerNormOptions {
  /** Length of the last axis. */
  dim: number;
  epsilon?: number;
  /** A learned scale and shift. */
  affine?: boolean;
  bias?: boolean;
}

/** y = γ (x − μ)/√(σ² + ε) + β, μ and σ² over the last axis (Ba et al., 2016). */
export class LayerNorm extends Module {
  readonly epsilon: number;
  readonly dim: number;
  /** γ [dim] */
  readonly weight?: Parameter;
  /** β [dim] */
  readonly bias?: Parameter;

  constructor({ dim, epsilon = 1e-5, affine = true, bias = affine }: LayerNormOptions) {
    super();
    requireWhole("LayerNorm: dim", dim, 1);
    requireEpsilon("LayerNorm", epsilon);
    this.dim = dim;
    this.epsilon = epsilon;
    if (affine) this.weight = init.initialParameter([dim], init.ones());
    if (bias) this.bias = init.initialParameter([dim], init.zeros());
  }

  /** @param x [..., dim] */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.dim)
      throw new ShapeError(`LayerNorm over ${this.dim} values, got [${x.shape.join(", ")}]`);
    const y = standardize(x, this.epsilon);
    const scaled = this.weight ? mul(y, this.weight) : y;
    return this.bias ? add(scaled, this.bias) : scaled;
  }
}

/** y = γ x/√(mean x² + ε) over the last axis (Zhang and Sennrich, 2019). */
export class RmsNorm extends Module {
  readonly epsilon: number;
  /** γ [dim] */
  readonly weight: Parameter;

  constructor({ dim, epsilon = 1e-6 }: { dim: number; epsilon?: number }) {
    super();
    requireWhole("RmsNorm: dim", dim, 1);
    requireEpsilon("RmsNorm", epsilon);
    this.epsilon = epsilon;
    this.weight = init.initialParameter([dim], init.ones());
  }

  /** @param x [..., dim] */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.weight.size)
      throw new ShapeError(`RmsNorm over ${this.weight.size} values, got [${x.shape.join(", ")}]`);
    const scale = rsqrt(add(mean(square(x), -1, { keepDims: true }), this.epsilon));
    return mul(mul(x, scale), this.weight);
  }
}

/** Standardises each group of channels of each example (Wu and He, 2018); one group a channel is instance norm. */
export class GroupNorm extends Module {
  readonly groups: number;
  readonly channels: number;
  readonly epsilon: number;
  /** γ [channels] */
  readonly weight: Parameter;
  /** β [channels] */
  readonly bias: Parameter;

  constructor({ groups, channels, epsilon = 1e-5 }: { groups: number; channels: number; epsilon?: number }) {
    super();
    requireWhole("GroupNorm: groups", groups, 1);
    requireWhole("GroupNorm: channels", channels, 1);
    requireEpsilon("GroupNorm", epsilon);
    if (channels % groups !== 0)
      throw new DomainError(`GroupNorm: ${channels} channels do not divide into ${groups} groups`);
    this.groups = groups;
    this.channels = channels;
    this.epsilon = epsilon;
    this.weight = init.initialParameter([channels], init.ones());
    this.bias = init.initialParameter([channels], init.zeros());
  }

  /** @param x [N, channels, ...spatial] */
  forward(x: Tensor): Tensor {
    requireChannels("GroupNorm", x, this.channels);
    const grouped = reshape(x, [x.shape[0], this.groups, -1]);
    const y = reshape(standardize(grouped, this.epsilon), x.shape);
    return scaleAndShift(y, this.weight, this.bias);
  }
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

  /** γ/√(σ² + ε) */
  #scale(variance: Tensor): Tensor {
    const scale = rsqrt(add(variance, this.epsilon));
    return this.weight ? mul(scale, this.weight) : scale;
  }

  #byRunning(x: Tensor): Tensor {
    const scale = this.#scale(this.runningVariance);
    const shift = mul(neg(this.runningMean), scale);
    return scaleAndShift(x, scale, this.bias ? add(shift, this.bias) : shift);
  }

  #byBatch(x: Tensor): Tensor {
    const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const count = x.size / this.channels;
    if (count < 2)
      throw new ShapeError(`BatchNorm in training needs two values a channel, got [${x.shape.join(", ")}]`);
    const batchMean = mean(x, axes, { keepDims: true });
    const centred = sub(x, batchMean);
    const squares = sum(square(centred), axes);
    this.#track(this.runningMean, reshape(batchMean, [this.channels]));
    this.#track(this.runningVariance, div(squares, count - 1));
    return scaleAndShift(centred, this.#scale(div(squares, count)), this.bias ?? zeros([this.channels]));
  }

  #track(running: Buffer, batch: Tensor): void {
    running.assign(add(mul(running, 1 - this.momentum), mul(stopGradient(batch), this.momentum)));
  }
}
