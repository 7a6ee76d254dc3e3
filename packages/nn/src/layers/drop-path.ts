import { cast, DomainError, defaultGenerator, type Generator, mul, reshape, type Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";

export interface DropPathOptions {
  /** The probability that an example goes without the branch, 0 ≤ rate < 1. */
  rate: number;
  generator?: Generator;
}

/**
 * Stochastic depth (Huang et al., 2016): in training a whole residual branch is left out for some examples and divided by 1 − rate
 * for the others; in evaluation the identity.
 */
export class DropPath extends Module {
  readonly rate: number;
  readonly generator: Generator;

  constructor({ rate, generator = defaultGenerator }: DropPathOptions) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new DomainError(`DropPath: the rate lies in [0, 1), got ${rate}`);
    this.rate = rate;
    this.generator = generator;
  }

  /** @param x the branch, [N, ...] */
  forward(x: Tensor): Tensor {
    if (!this.training || this.rate === 0) return x;
    const kept = cast(this.generator.bernoulli(1 - this.rate, [x.shape[0]]), x.dtype);
    return mul(x, reshape(mul(kept, 1 / (1 - this.rate)), [x.shape[0], ...new Array(x.rank - 1).fill(1)]));
  }
}
