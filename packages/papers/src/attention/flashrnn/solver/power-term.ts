import { IntegerSet, limit } from "./integer-set.ts";
import { wholeRoot } from "./number-theory.ts";
import type { NamedPlace, Sets, Term } from "./terms.ts";

/** a ^ n */
export class Power implements Term {
  readonly base: Term;
  readonly exponent: number;

  constructor(base: Term, exponent: number) {
    this.base = base;
    this.exponent = exponent;
  }

  bottomUp(sets: Sets): IntegerSet {
    const base = this.base.bottomUp(sets);
    const raise = (n: number): number => n ** this.exponent;
    if (base.values) return new IntegerSet({ values: base.values.map(raise).filter((n) => n <= limit) });
    const factor = raise(base.factor);
    return new IntegerSet({
      lower: Math.min(raise(base.lower), limit),
      upper: Math.min(raise(base.upper), limit),
      factor: factor <= limit ? factor : base.factor,
      primes: base.primes,
    });
  }

  topDown(sets: Sets, result: IntegerSet): void {
    const base = this.base.bottomUp(sets);
    if (this.exponent === 0) {
      if (!result.has(1)) this.base.topDown(sets, new IntegerSet({ values: [] }));
      return;
    }
    const bounded = base.intersect(
      new IntegerSet({
        lower: result.lower === 0 ? 0 : wholeRoot(result.lower - 1, this.exponent) + 1,
        upper: wholeRoot(result.upper, this.exponent),
        primes: result.lower > 0 ? result.possiblePrimes : undefined,
      }),
    );
    const { values } = bounded;
    const kept = values && new IntegerSet({ values: values.filter((n) => result.has(n ** this.exponent)) });
    this.base.topDown(sets, kept ?? bounded);
  }

  evaluate(values: Readonly<Record<string, number>>): number | readonly number[] {
    const base = this.base.evaluate(values);
    return typeof base === "number" ? base ** this.exponent : base.map((n) => n ** this.exponent);
  }

  names(): readonly NamedPlace[] {
    return this.base.names();
  }
}
