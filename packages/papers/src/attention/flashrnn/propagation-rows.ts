import { lastChoice, searchTrace } from "./solver/search-trace.ts";
import { type TileShape, tileOrder, tileProblem } from "./solver/tile-problem.ts";

export type PropagationRow = { step: number; choice: string; variable: string; value: number };

const mostShown = 64;

/** What each variable of a tile may still be after every propagation of the search: a row a value, 64 of a long set. */
export function propagationRows(shape: TileShape): PropagationRow[] {
  const problem = tileProblem(shape);
  const variables = Object.keys(problem.variables).filter((name) => typeof problem.variables[name] !== "number");
  return searchTrace(problem, tileOrder).steps.flatMap((traced, step) =>
    variables.flatMap((variable): PropagationRow[] => {
      const members = [...(traced.sets.get(variable)?.members() ?? [])];
      const every = Math.max(1, Math.ceil(members.length / mostShown));
      return members
        .filter((_, i) => i % every === 0)
        .map((value) => ({ step, choice: lastChoice(traced), variable, value }));
    }),
  );
}
