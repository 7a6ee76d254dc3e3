import { IntegerSet, limit, mostListed } from "./integer-set.ts";
import { gcd } from "./number-theory.ts";
import { choices, type NamedPlace, type Sets, type Term } from "./terms.ts";

/** Pairs of members that are looked at one by one. */
const mostPairs = 65_536;
const capped = (n: number): number => Math.min(n, limit);

/** Members of `set` for which some member of `other` makes a result; as it is if there are too many to try. */
function filterPairs(
  set: IntegerSet,
  other: IntegerSet,
  result: IntegerSet,
  combine: (a: number, b: number) => number,
): IntegerSet {
  const { values } = set;
  if (!values || !other.values || values.length * other.values.length > mostPairs) return set;
  return new IntegerSet({ values: values.filter((a) => other.values?.some((b) => result.has(combine(a, b)))) });
}

function listPairs(a: IntegerSet, b: IntegerSet, combine: (x: number, y: number) => number): IntegerSet | undefined {
  if (!a.values || !b.values || a.values.length * b.values.length > mostListed) return undefined;
  return new IntegerSet({ values: a.values.flatMap((x) => (b.values ?? []).map((y) => combine(x, y))) });
}

abstract class Pair implements Term {
  readonly left: Term;
  readonly right: Term;

  constructor(left: Term, right: Term) {
    this.left = left;
    this.right = right;
  }

  abstract combine(a: number, b: number): number;
  abstract bottomUp(sets: Sets): IntegerSet;
  /** What one part may be, from the other and the result. */
  abstract part(other: IntegerSet, result: IntegerSet): IntegerSet;

  topDown(sets: Sets, result: IntegerSet): void {
    const sides = [this.left, this.right];
    for (const [i, side] of sides.entries()) {
      const other = sides[1 - i].bottomUp(sets);
      if (other.empty) return;
      const allowed = side.bottomUp(sets).intersect(this.part(other, result));
      side.topDown(sets, filterPairs(allowed, other, result, this.combine));
    }
  }

  evaluate(values: Readonly<Record<string, number>>): number | readonly number[] {
    const [a, b] = [this.left.evaluate(values), this.right.evaluate(values)];
    if (typeof a === "number" && typeof b === "number") return this.combine(a, b);
    return choices(a).flatMap((x) => choices(b).map((y) => this.combine(x, y)));
  }

  names(): readonly NamedPlace[] {
    return [...this.left.names(), ...this.right.names()];
  }
}

/** a + b: a common factor of both parts is one of the sum. */
export class Sum extends Pair {
  override combine(a: number, b: number): number {
    return a + b;
  }

  override bottomUp(sets: Sets): IntegerSet {
    const [a, b] = [this.left.bottomUp(sets), this.right.bottomUp(sets)];
    const listed = listPairs(a, b, this.combine);
    if (listed) return listed;
    return new IntegerSet({
      lower: capped(a.lower + b.lower),
      upper: capped(a.upper + b.upper),
      factor: gcd(a.factor, b.factor),
    });
  }

  override part(other: IntegerSet, result: IntegerSet): IntegerSet {
    const upper = result.upper - other.lower;
    if (upper < 0) return new IntegerSet({ values: [] });
    return new IntegerSet({
      lower: Math.max(0, result.lower - other.upper),
      upper: result.upper === limit ? limit : upper,
      factor: gcd(result.factor, other.factor) || 1,
    });
  }
}

/** a · b: factors multiply, and the primes of a product are those of its parts. */
export class Product extends Pair {
  override combine(a: number, b: number): number {
    return a * b;
  }

  override bottomUp(sets: Sets): IntegerSet {
    const [a, b] = [this.left.bottomUp(sets), this.right.bottomUp(sets)];
    const listed = listPairs(a, b, this.combine);
    if (listed) return listed;
    const [mine, its] = [a.possiblePrimes, b.possiblePrimes];
    return new IntegerSet({
      lower: capped(a.lower * b.lower),
      upper: capped(a.upper * b.upper),
      factor: a.factor * b.factor <= limit ? a.factor * b.factor : a.factor,
      primes: mine && its ? [...new Set([...mine, ...its])].sort((x, y) => x - y) : undefined,
    });
  }

  override part(other: IntegerSet, result: IntegerSet): IntegerSet {
    if (other.upper === 0) return result.has(0) ? new IntegerSet() : new IntegerSet({ values: [] });
    const least = Math.max(other.lower, 1);
    return new IntegerSet({
      lower: Math.ceil(result.lower / other.upper),
      // A result at the limit may be any larger number; a factor 0 leaves the other part free where 0 will do.
      upper: result.upper === limit || (other.lower === 0 && result.has(0)) ? limit : Math.floor(result.upper / least),
      factor: other.single ? result.factor / gcd(result.factor, other.single) : 1,
      primes: result.lower > 0 ? result.possiblePrimes : undefined,
    });
  }
}
