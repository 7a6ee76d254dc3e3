import type { IntegerSet } from "./integer-set.ts";
import { type Assignment, type Choice, type ConstraintProblem, solveConstraints } from "./solve-constraints.ts";

/** What was known after one propagation of a search. */
export interface TraceStep {
  /** The values chosen so far, the last one last; none before the first choice. */
  readonly choices: Assignment;
  readonly sets: ReadonlyMap<string, IntegerSet>;
}

export interface SearchTrace {
  readonly steps: readonly TraceStep[];
  /** The first solution, if there is one and it was found within the steps. */
  readonly solution: Assignment | undefined;
}

class EnoughSteps extends Error {}

/**
 * A search for the first solution, propagation by propagation.
 *
 * @param most where to stop a long one
 * @throws ConstraintSyntaxError and DomainError as `solveConstraints` does
 */
export function searchTrace(problem: ConstraintProblem, order: readonly Choice[], most = 1000): SearchTrace {
  const steps: TraceStep[] = [];
  try {
    const { solutions } = solveConstraints(problem, order, {
      watch(sets, choices) {
        if (steps.length === most) throw new EnoughSteps();
        steps.push({ choices, sets: new Map(sets) });
      },
    });
    return { steps, solution: solutions[0] };
  } catch (error) {
    if (error instanceof EnoughSteps) return { steps, solution: undefined };
    throw error;
  }
}

/** The choice that a step follows from, in words. */
export function lastChoice({ choices }: TraceStep): string {
  const [name, value] = Object.entries(choices).at(-1) ?? [];
  return name === undefined ? "before any choice" : `${name} = ${value}`;
}
