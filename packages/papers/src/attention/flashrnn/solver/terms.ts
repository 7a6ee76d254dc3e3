import { IntegerSet } from "./integer-set.ts";

/** What is known of each variable. */
export type Sets = Map<string, IntegerSet>;

/** A term of the language: what it may be worth follows from its parts, and what its parts may be follows from its worth. */
export interface Term {
  /** The results that its parts allow. */
  bottomUp(sets: Sets): IntegerSet;
  /** Cuts its parts down to what gives one of the results. */
  topDown(sets: Sets, result: IntegerSet): void;
  /** Its worth for values of the variables. */
  evaluate(values: Readonly<Record<string, number>>): number | readonly number[];
  names(): readonly NamedPlace[];
}

/** A name and where it stands in the text. */
export interface NamedPlace {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

/** A number, or a list of which one is meant. */
export class Constant implements Term {
  readonly set: IntegerSet;

  constructor(values: readonly number[]) {
    this.set = IntegerSet.of(...values);
  }

  bottomUp(): IntegerSet {
    return this.set;
  }

  topDown(): void {}

  evaluate(): readonly number[] {
    return this.set.values ?? [];
  }

  names(): readonly NamedPlace[] {
    return [];
  }
}

export class Name implements Term {
  readonly place: NamedPlace;

  constructor(place: NamedPlace) {
    this.place = place;
  }

  bottomUp(sets: Sets): IntegerSet {
    return sets.get(this.place.name) ?? new IntegerSet();
  }

  topDown(sets: Sets, result: IntegerSet): void {
    sets.set(this.place.name, this.bottomUp(sets).intersect(result));
  }

  evaluate(values: Readonly<Record<string, number>>): number {
    return values[this.place.name];
  }

  names(): readonly NamedPlace[] {
    return [this.place];
  }
}

/** The numbers a term may be worth: lists stand for a choice. */
export const choices = (value: number | readonly number[]): readonly number[] =>
  typeof value === "number" ? [value] : value;
