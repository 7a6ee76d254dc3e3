import fc from "fast-check";
import type { DType } from "../src/dtype.ts";
import { tensor } from "../src/record.ts";
import { type Shape, sizeOf } from "../src/shape.ts";
import type { Tensor } from "../src/tensor.ts";

/** Which lengths the axes of drawn shapes have. */
export type Lengths = "usual" | "ones" | "empty";

export interface FloatRange {
  low?: number;
  high?: number;
  /** Where on the grid the values lie: two tensors with different offsets share no value. */
  offset?: number;
}

const gridSteps = 400;

/** Random shapes and values, all drawn through fast-check so that a failure prints them. */
export class Draw {
  readonly #g: fc.GeneratorValue;
  readonly lengths: Lengths;

  constructor(g: fc.GeneratorValue, lengths: Lengths = "usual") {
    this.#g = g;
    this.lengths = lengths;
  }

  whole(min: number, max: number): number {
    return this.#g(fc.integer, { min, max });
  }

  pick<T>(...choices: T[]): T {
    return choices[this.whole(0, choices.length - 1)];
  }

  /** One axis length of 1 … most (1 or 0 where such lengths are asked for). */
  length(most = 4): number {
    return this.lengths === "ones" ? 1 : this.lengths === "empty" ? this.whole(0, 1) * 2 : this.whole(1, most);
  }

  shape(minRank = 0, maxRank = 3, most = 4): number[] {
    const rank = this.whole(minRank, maxRank);
    const shape = Array.from({ length: rank }, () => this.length(most));
    if (this.lengths === "empty" && rank > 0 && !shape.includes(0)) shape[this.whole(0, rank - 1)] = 0;
    return shape;
  }

  /** An axis, counted from either end. */
  axis({ length }: Shape): number {
    return this.whole(-length, length - 1);
  }

  /** Two shapes that broadcast: axes of length 1, and missing leading axes, on either side. */
  pair(maxRank = 3): [number[], number[]] {
    const full = this.shape(0, maxRank);
    const thinned = (): number[] => {
      const kept = full.slice(this.whole(0, Math.min(1, full.length)));
      return kept.map((n) => (this.whole(0, 3) === 0 ? 1 : n));
    };
    return this.pick(true, false) ? [full, thinned()] : [thinned(), full];
  }

  /** Distinct values on a grid that avoids 0 and all halves, so that no value stands at a kink or ties with another. */
  floats(shape: Shape, { low = -2, high = 2, offset = 0.37 }: FloatRange = {}, dtype: DType = "float32"): Tensor {
    const n = sizeOf(shape);
    const arbitrary = fc.uniqueArray(fc.nat(gridSteps - 1), { minLength: n, maxLength: n });
    const places = this.#g(() => arbitrary);
    const values = places.map((place) => low + ((high - low) * (place + offset)) / gridSteps);
    return tensor(Float64Array.from(values), { shape, dtype });
  }

  wholes(shape: Shape, min: number, max: number, dtype: DType = "int32"): Tensor {
    const n = sizeOf(shape);
    const values = this.#g(fc.array, fc.integer({ min, max }), { minLength: n, maxLength: n });
    return tensor(Float64Array.from(values), { shape, dtype });
  }

  bools(shape: Shape): Tensor {
    return this.wholes(shape, 0, 1, "bool");
  }
}
