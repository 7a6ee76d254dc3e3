import { solveConstraints } from "./solver/solve-constraints.ts";
import { type TileShape, tileOrder, tileProblem } from "./solver/tile-problem.ts";

export type PropagationRow = { step: number; choice: string; variable: string; value: number };

/** What each variable of a tile may still be after every propagation of the search: a row a value, 64 of a long set. */
export function propagationRows(shape: TileShape): PropagationRow[] {
  const problem = tileProblem(shape);
  const variables = Object.entries(problem.variables).flatMap(([name, known]) =>
    typeof known === "number" ? [] : [name],
  );
  const rows: PropagationRow[] = [];
  let step = 0;
  solveConstraints(problem, tileOrder, {
    watch(sets, choices) {
      const [name, value] = Object.entries(choices).at(-1) ?? [];
      const choice = name === undefined ? "before any choice" : `${name} = ${value}`;
      for (const variable of variables) {
        const members = [...(sets.get(variable)?.members() ?? [])];
        const every = Math.ceil(members.length / 64);
        for (let i = 0; i < members.length; i += every) rows.push({ step, choice, variable, value: members[i] });
      }
      step++;
    },
  });
  return rows;
}
