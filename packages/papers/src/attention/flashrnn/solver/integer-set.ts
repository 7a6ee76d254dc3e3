import { DomainError } from "@paperworks/tensor";
import { factorsOver, gcd, lcm, primesOf, smoothNumbers } from "./number-theory.ts";

/** Whole numbers are looked for from 0 to this one. */
export const limit = 2 ** 30;

/** A set of more values than this is kept by what it is known of, not as a list. */
export const mostListed = 2047;

export interface SetKnowledge {
  lower?: number;
  upper?: number;
  /** All members, if they are known one by one. */
  values?: readonly number[];
  /** A number that divides every member. */
  factor?: number;
  /** The only primes that members may be products of. */
  primes?: readonly number[];
}

/**
 * What is known of a whole number: bounds, the list of possible values (or none), a factor that every value has, and the
 * only primes it may be made of (or none). The set is all numbers that agree with everything known; it is a list as soon as
 * there are fewer than 2,048 of them.
 *
 * A set cut down only ever loses members (`intersect`); of a choice between two sets it knows what both have (`unify`).
 */
export class IntegerSet {
  readonly lower: number;
  readonly upper: number;
  readonly values: readonly number[] | undefined;
  readonly factor: number;
  readonly primes: readonly number[] | undefined;

  /** @throws DomainError for bounds or values that are not whole numbers from 0 to 2³⁰ */
  constructor({ lower = 0, upper = limit, values, factor = 1, primes }: SetKnowledge = {}) {
    for (const value of values ?? [lower, upper, factor])
      if (!Number.isInteger(value) || value < 0)
        throw new DomainError(`a set holds whole numbers from 0 to 2^30, got ${value}`);
    const listed = listOf({ lower, upper, values, factor, primes });
    this.values = listed;
    this.primes = primes;
    if (listed) {
      this.lower = listed[0] ?? 1;
      this.upper = listed.at(-1) ?? 0;
      this.factor = listed.reduce(gcd, 0) || factor;
    } else {
      this.lower = Math.ceil(lower / factor) * factor;
      this.upper = Math.floor(Math.min(upper, limit) / factor) * factor;
      this.factor = factor;
    }
  }

  /** The numbers given. */
  static of(...values: readonly number[]): IntegerSet {
    return new IntegerSet({ values });
  }

  /** All numbers from `lower` to `upper`. */
  static between(lower: number, upper: number): IntegerSet {
    return new IntegerSet({ lower, upper });
  }

  get empty(): boolean {
    return this.lower > this.upper;
  }

  /** The only member, if there is one. */
  get single(): number | undefined {
    return this.lower === this.upper ? this.lower : undefined;
  }

  /** How many members there are at most. */
  get size(): number {
    return this.values?.length ?? Math.max(0, (this.upper - this.lower) / this.factor + 1);
  }

  has(value: number): boolean {
    if (this.values) return this.values.includes(value);
    if (value < this.lower || value > this.upper || value % this.factor !== 0) return false;
    return this.primes === undefined || (value > 0 && factorsOver(value, this.primes));
  }

  /** The primes that members may be made of, as far as it is known. */
  get possiblePrimes(): readonly number[] | undefined {
    if (this.primes || !this.values || this.lower === 0) return this.primes;
    return [...new Set(this.values.flatMap(primesOf))].sort((a, b) => a - b);
  }

  /** Members of both: the factor is the least common multiple. */
  intersect(other: IntegerSet): IntegerSet {
    const primes =
      this.primes && other.primes
        ? this.primes.filter((p) => other.primes?.includes(p))
        : (this.primes ?? other.primes);
    const factor = lcm(this.factor, other.factor);
    // A multiple of something beyond the limit can only be 0.
    if (factor > limit) return this.has(0) && other.has(0) ? IntegerSet.of(0) : new IntegerSet({ values: [] });
    const values = this.values
      ? this.values.filter((value) => other.has(value))
      : other.values?.filter((value) => this.has(value));
    return new IntegerSet({
      lower: Math.max(this.lower, other.lower),
      upper: Math.min(this.upper, other.upper),
      values,
      factor,
      primes,
    });
  }

  /** What is known of a member of one or the other: the factor is the greatest common divisor. */
  unify(other: IntegerSet): IntegerSet {
    if (this.empty) return other;
    if (other.empty) return this;
    const [mine, its] = [this.possiblePrimes, other.possiblePrimes];
    const both = this.values && other.values ? [...new Set([...this.values, ...other.values])] : undefined;
    return new IntegerSet({
      lower: Math.min(this.lower, other.lower),
      upper: Math.max(this.upper, other.upper),
      values: both && both.length <= mostListed ? both : undefined,
      factor: gcd(this.factor, other.factor),
      primes: mine && its ? [...new Set([...mine, ...its])].sort((a, b) => a - b) : undefined,
    });
  }

  /** The members one by one, the smallest or the largest first. */
  *members(first: "smallest" | "largest" = "smallest"): Generator<number> {
    if (this.values) {
      yield* first === "smallest" ? this.values : this.values.toReversed();
      return;
    }
    const count = this.size;
    for (let i = 0; i < count; i++) {
      const value = first === "smallest" ? this.lower + i * this.factor : this.upper - i * this.factor;
      if (this.has(value)) yield value;
    }
  }

  /** Whether the same is known of both. */
  equals(other: IntegerSet): boolean {
    return (
      this.lower === other.lower &&
      this.upper === other.upper &&
      this.factor === other.factor &&
      this.values?.length === other.values?.length &&
      (this.values?.every((value, i) => value === other.values?.[i]) ?? true) &&
      (this.values !== undefined || this.primes?.join() === other.primes?.join())
    );
  }
}

/** The members in order, if there are few enough. */
function listOf({
  lower,
  upper,
  values,
  factor,
  primes,
}: Required<Omit<SetKnowledge, "values" | "primes">> & Pick<SetKnowledge, "values" | "primes">):
  | readonly number[]
  | undefined {
  const allowed = (value: number): boolean =>
    value % factor === 0 && (primes === undefined || (value > 0 && factorsOver(value, primes)));
  if (values) {
    const kept = values.filter((value) => value <= limit && allowed(value));
    return [...new Set(kept)].sort((a, b) => a - b);
  }
  const [from, to] = [Math.max(0, lower), Math.min(upper, limit)];
  const candidates = primes && smoothNumbers(primes, to, 4 * mostListed);
  if (candidates) {
    const kept = candidates.filter((value) => value >= from && value % factor === 0);
    return kept.length <= mostListed ? kept : undefined;
  }
  const start = Math.ceil(from / factor);
  const count = Math.floor(to / factor) - start + 1;
  if (count > mostListed) return undefined;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (start + i) * factor).filter(allowed);
}
