import { IntegerSet, limit } from "./integer-set.ts";
import { choices, type NamedPlace, type Sets, type Term } from "./terms.ts";

export interface PropagationOptions {
  /** Use factors and primes for A % B == 0; otherwise it is looked at only when both sides are known. */
  divisibility: boolean;
}

/** Something that must hold of the variables. */
export interface Constraint {
  /** Cheap ones are applied first. */
  readonly order: number;
  /** Cuts the sets down to what can hold; a set becomes empty where nothing can. */
  propagate(sets: Sets, options: PropagationOptions): void;
  /** Whether it holds for values of the variables. */
  holds(values: Readonly<Record<string, number>>): boolean;
  names(): readonly NamedPlace[];
}

const anyEmpty = (sets: Sets): boolean => [...sets.values()].some(({ empty }) => empty);

function makeEmpty(sets: Sets): void {
  const nothing = new IntegerSet({ values: [] });
  for (const name of sets.keys()) sets.set(name, nothing);
}

abstract class Comparison implements Constraint {
  abstract readonly order: number;
  readonly left: Term;
  readonly right: Term;

  constructor(left: Term, right: Term) {
    this.left = left;
    this.right = right;
  }

  protected abstract cut(sets: Sets, left: IntegerSet, right: IntegerSet, options: PropagationOptions): void;
  protected abstract compare(a: number, b: number): boolean;

  propagate(sets: Sets, options: PropagationOptions): void {
    const [left, right] = [this.left.bottomUp(sets), this.right.bottomUp(sets)];
    if (left.empty || right.empty) makeEmpty(sets);
    else this.cut(sets, left, right, options);
  }

  holds(values: Readonly<Record<string, number>>): boolean {
    const rights = choices(this.right.evaluate(values));
    return choices(this.left.evaluate(values)).some((a) => rights.some((b) => this.compare(a, b)));
  }

  names(): readonly NamedPlace[] {
    return [...this.left.names(), ...this.right.names()];
  }
}

/** A == B: both may be what both can be. */
export class Equal extends Comparison {
  readonly order = 0;

  protected override cut(sets: Sets, left: IntegerSet, right: IntegerSet): void {
    const common = left.intersect(right);
    if (common.empty) makeEmpty(sets);
    else {
      this.left.topDown(sets, common);
      this.right.topDown(sets, common);
    }
  }

  protected override compare(a: number, b: number): boolean {
    return a === b;
  }
}

/** A <= B: only bounds follow. */
export class AtMost extends Comparison {
  readonly order = 1;

  protected override cut(sets: Sets, left: IntegerSet, right: IntegerSet): void {
    if (left.lower > right.upper) makeEmpty(sets);
    else {
      this.left.topDown(sets, IntegerSet.between(0, right.upper));
      this.right.topDown(sets, IntegerSet.between(left.lower, limit));
    }
  }

  protected override compare(a: number, b: number): boolean {
    return a <= b;
  }
}

/**
 * A % B == 0. What divides B divides A; B is at most A and made of A's primes. Only where both can be listed are quotients
 * tried. B is never 0.
 */
export class Divisible extends Comparison {
  readonly order = 2;

  protected override cut(sets: Sets, left: IntegerSet, right: IntegerSet, { divisibility }: PropagationOptions): void {
    const known = left.single !== undefined && right.single !== undefined;
    if (known && !this.compare(left.lower, right.lower)) {
      makeEmpty(sets);
      return;
    }
    if (known || !divisibility) return;
    const primes = left.lower > 0 ? left.possiblePrimes : undefined;
    const upper = left.lower > 0 ? left.upper : limit;
    let divisors = right.intersect(new IntegerSet({ lower: 1, upper, primes }));
    let multiples = left.intersect(new IntegerSet({ factor: divisors.empty ? 1 : divisors.factor }));
    const [candidates, dividends] = [divisors.values, multiples.values];
    if (candidates && dividends && candidates.length * dividends.length <= 65_536) {
      divisors = new IntegerSet({ values: candidates.filter((b) => dividends.some((a) => a % b === 0)) });
      multiples = new IntegerSet({ values: dividends.filter((a) => candidates.some((b) => a % b === 0)) });
    }
    if (divisors.empty || multiples.empty) makeEmpty(sets);
    else {
      this.right.topDown(sets, divisors);
      this.left.topDown(sets, multiples);
    }
  }

  protected override compare(a: number, b: number): boolean {
    return b > 0 && a % b === 0;
  }
}

/** All of its parts, the cheap ones first, again and again until nothing more follows. */
export class And implements Constraint {
  readonly order: number;
  readonly parts: readonly Constraint[];

  constructor(parts: readonly Constraint[]) {
    this.parts = [...parts].sort((a, b) => a.order - b.order);
    this.order = Math.max(0, ...parts.map(({ order }) => order));
  }

  propagate(sets: Sets, options: PropagationOptions): void {
    for (let changed = true; changed && !anyEmpty(sets); ) {
      const before = new Map(sets);
      for (const part of this.parts) {
        part.propagate(sets, options);
        if (anyEmpty(sets)) return;
      }
      changed = [...sets].some(
        ([name, set]) => set !== before.get(name) && !set.equals(before.get(name) as IntegerSet),
      );
    }
  }

  holds(values: Readonly<Record<string, number>>): boolean {
    return this.parts.every((part) => part.holds(values));
  }

  names(): readonly NamedPlace[] {
    return this.parts.flatMap((part) => part.names());
  }
}

/** One of its branches: each is applied to a copy, and what all that are left have in common is known. */
export class Or implements Constraint {
  readonly order = 3;
  readonly branches: readonly Constraint[];

  constructor(branches: readonly Constraint[]) {
    this.branches = branches;
  }

  propagate(sets: Sets, options: PropagationOptions): void {
    const possible = this.branches.flatMap((branch) => {
      const copy: Sets = new Map(sets);
      branch.propagate(copy, options);
      return anyEmpty(copy) ? [] : [copy];
    });
    if (possible.length === 0) makeEmpty(sets);
    else
      for (const name of sets.keys())
        sets.set(
          name,
          possible
            .slice(1)
            .reduce((all, copy) => all.unify(copy.get(name) as IntegerSet), possible[0].get(name) as IntegerSet),
        );
  }

  holds(values: Readonly<Record<string, number>>): boolean {
    return this.branches.some((branch) => branch.holds(values));
  }

  names(): readonly NamedPlace[] {
    return this.branches.flatMap((branch) => branch.names());
  }
}
