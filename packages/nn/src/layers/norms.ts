import {
  add,
  customVjp,
  DomainError,
  div,
  matmul,
  mean,
  mul,
  type Parameter,
  requireWhole,
  reshape,
  rsqrt,
  ShapeError,
  scaleAndShift,
  square,
  standardize,
  standardizeWithScale,
  sub,
  sum,
  type Tensor,
  unsqueeze,
} from "@paperworks/tensor";
import * as init from "../init.ts";
import { Module } from "../module.ts";

export function requireEpsilon(name: string, epsilon: number): void {
  if (!(epsilon > 0)) throw new DomainError(`${name}: epsilon must be above 0, got ${epsilon}`);
}

export function requireChannels(name: string, x: Tensor, channels: number): void {
  if (x.shape.length < 2 || x.shape[1] !== channels)
    throw new ShapeError(`${name} over ${channels} channels takes [N, ${channels}, ...], got [${x.shape.join(", ")}]`);
}

/**
 * y = γ x̂ with x̂ = (x − μ) s and s = 1/√(σ² + ε), over the n values of a row. Of the derivative in x as it is derived by hand
 * both means are products of a matrix with the vector γ/n, and half the passes of the one that follows each step are left:
 *
 *   ∂x = s (γ g − g·γ/n − x̂ (x̂ ∘ g)·γ/n)    ∂γ = Σ_rows x̂ ∘ g
 */
function standardizeRows(x: Tensor, weight: Tensor, epsilon: number): Tensor {
  return customVjp({
    forward(rows, gamma) {
      return { outputs: [mul(standardize(rows, epsilon), gamma)], residuals: [rows, gamma] };
    },
    backward([rows, gamma], [g]) {
      if (!g) return [undefined, undefined];
      // As in the forward pass, so that a program computes it once.
      const { values, scale } = standardizeWithScale(rows, epsilon);
      const along = mul(values, g);
      const share = unsqueeze(div(gamma, gamma.size), 1);
      const centred = sub(mul(g, gamma), matmul(g, share));
      const leading = g.shape.slice(0, -1).map((_, axis) => axis);
      return [mul(sub(centred, mul(values, matmul(along, share))), scale), sum(along, leading)];
    },
  })(x, weight)[0];
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
    const scaled = this.weight ? standardizeRows(x, this.weight, this.epsilon) : standardize(x, this.epsilon);
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
