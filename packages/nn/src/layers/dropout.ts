import {
  cast,
  concat,
  DomainError,
  defaultGenerator,
  type Generator,
  less,
  mul,
  reshape,
  slice,
  type Tensor,
} from "@paperworks/tensor";
import { Module } from "../module.ts";

/** Probabilities are whole multiples of 2⁻¹⁶, so that one random word serves two values: drawing is what costs. */
const levels = 2 ** 16;

export interface DropoutOptions {
  /** The probability that a value is dropped, 0 ≤ rate < 1. */
  rate: number;
  generator?: Generator;
}

/**
 * In training each value is set to 0 with probability `rate` and divided by 1 − rate otherwise, so that its expectation
 * stays; in evaluation the identity (Srivastava et al., 2014).
 */
export class Dropout extends Module {
  readonly rate: number;
  readonly generator: Generator;

  constructor({ rate, generator = defaultGenerator }: DropoutOptions) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new DomainError(`Dropout: the rate lies in [0, 1), got ${rate}`);
    this.rate = rate;
    this.generator = generator;
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.rate === 0 || x.size === 0) return x;
    const kept = Math.max(1, Math.round((1 - this.rate) * levels));
    if (kept === levels) return x;
    // The upper halves as they are, and the lower halves moved up: both uniform over the signed 32-bit numbers.
    const words = cast(this.generator.bits([Math.ceil(x.size / 2)]), "int32");
    const keep = concat([words, mul(words, levels)].map((halves) => less(halves, kept * levels - 2 ** 31)));
    const mask = reshape(slice(keep, [{ axis: 0, end: x.size }]), x.shape);
    return mul(x, mul(cast(mask, x.dtype), levels / kept));
  }
}
