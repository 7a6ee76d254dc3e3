import { DomainError } from "@paperworks/tensor";
import type { Constraint, PropagationOptions } from "./constraints.ts";
import { IntegerSet } from "./integer-set.ts";
import { parseConstraints } from "./parse-constraints.ts";
import type { Sets } from "./terms.ts";
import { ConstraintSyntaxError } from "./tokens.ts";

export interface ConstraintProblem {
  /** What is known of each variable; a number is a constant. */
  readonly variables: Readonly<Record<string, IntegerSet | number>>;
  readonly constraints: string | Constraint;
}

export type Assignment = Readonly<Record<string, number>>;
/** A variable, and which of its values to try first. */
export type Choice = readonly [name: string, first: "smallest" | "largest"];

export interface SolveOptions extends Partial<PropagationOptions> {
  /** How many solutions to look for; 1 when absent. */
  readonly count?: number;
  /** Solutions to pass over: one that agrees with all numbers given in one of these. */
  readonly exclude?: readonly Assignment[];
  /** Told what is known after every propagation, the first before any choice; nothing is possible where a set is empty. */
  readonly watch?: (sets: ReadonlyMap<string, IntegerSet>, choices: Assignment) => void;
}

export interface Solutions {
  readonly solutions: readonly Assignment[];
  /** Values tried. */
  readonly nodes: number;
}

/**
 * Solves constraints on whole numbers: propagation cuts the sets down, then the variables are tried one after another, depth
 * first, with propagation after every choice.
 *
 * @param order the variables to choose, in this order; all others follow, the smallest value first
 * @throws ConstraintSyntaxError for constraints that cannot be read or name a variable that is not there
 * @throws DomainError if `order` names one
 */
export function solveConstraints(
  { variables, constraints }: ConstraintProblem,
  order: readonly Choice[] = [],
  { count = 1, exclude = [], divisibility = true, watch }: SolveOptions = {},
): Solutions {
  const names = Object.keys(variables);
  for (const [name] of order)
    if (!names.includes(name))
      throw new DomainError(`order: there is no variable "${name}"; expected ${names.join(", ")}`);
  const constraint = typeof constraints === "string" ? parseConstraints(constraints, names) : constraints;
  const stranger = constraint.names().find(({ name }) => !names.includes(name));
  if (stranger) throw new ConstraintSyntaxError(`there is no variable "${stranger.name}"`, stranger);

  const choices: Choice[] = [
    ...order,
    ...names.filter((name) => !order.some(([chosen]) => chosen === name)).map((name): Choice => [name, "smallest"]),
  ];
  const solutions: Assignment[] = [];
  let nodes = 0;
  const search = (given: Sets, chosen: Assignment): void => {
    const sets: Sets = new Map(given);
    constraint.propagate(sets, { divisibility });
    watch?.(sets, chosen);
    if ([...sets.values()].some(({ empty }) => empty)) return;
    const open = choices.find(([name]) => sets.get(name)?.single === undefined);
    if (!open) {
      const solution = Object.fromEntries([...sets].map(([name, set]) => [name, set.lower]));
      const excluded = exclude.some((one) => Object.entries(one).every(([name, value]) => solution[name] === value));
      if (!excluded && constraint.holds(solution)) solutions.push(solution);
      return;
    }
    const [name, first] = open;
    for (const value of (sets.get(name) as IntegerSet).members(first)) {
      nodes++;
      search(new Map(sets).set(name, IntegerSet.of(value)), { ...chosen, [name]: value });
      if (solutions.length >= count) return;
    }
  };
  search(
    new Map(
      Object.entries(variables).map(([name, known]) => [
        name,
        typeof known === "number" ? IntegerSet.of(known) : known,
      ]),
    ),
    {},
  );
  return { solutions, nodes };
}
