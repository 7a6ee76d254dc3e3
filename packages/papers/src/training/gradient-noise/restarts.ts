/** All restarts of one cell of a grid. */
export interface RestartCell<C, R> {
  cell: C;
  /** One a seed. */
  results: readonly R[];
  successes: number;
}

/**
 * Every combination of the named values, the last name varying fastest: `gridOf({ lr: [0.1, 0.2], eta: [0, 1] })` has four
 * cells.
 */
export function gridOf<C extends object>(axes: { readonly [K in keyof C]: readonly C[K][] }): C[] {
  let cells: Partial<C>[] = [{}];
  for (const name of Object.keys(axes) as (keyof C)[]) {
    cells = cells.flatMap((cell) => axes[name].map((value) => ({ ...cell, [name]: value })));
  }
  return cells as C[];
}

/** Restarts for seeds 0 … count − 1, one after the other, where nothing else provides the seeds. */
export const overSeeds =
  <C, R>(count: number, run: (cell: C, seed: number) => Promise<R> | R) =>
  async (cell: C): Promise<R[]> => {
    const results: R[] = [];
    for (let seed = 0; seed < count; seed++) results.push(await run(cell, seed));
    return results;
  };

/**
 * Runs each cell of a hyper-parameter grid from several seeds and counts the runs that succeed, as the paper counts accurate
 * models over thousands of restarts: a mean would hide that runs either find the solution or do not.
 *
 * @param restart gives the results of one cell, one a seed: an experiment's `replicate`, or `overSeeds`
 * @returns one entry a cell, in the order of the grid
 * Source: Neelakantan et al., sections 4.4 and 4.5.
 */
export async function restarts<C, R>(
  grid: readonly C[],
  restart: (cell: C) => Promise<readonly R[]>,
  success: (result: R) => boolean,
): Promise<RestartCell<C, R>[]> {
  const cells: RestartCell<C, R>[] = [];
  for (const cell of grid) {
    const results = await restart(cell);
    cells.push({ cell, results, successes: results.filter(success).length });
  }
  return cells;
}

/** Successes over all cells that `where` keeps. */
export const successesOf = <C, R>(cells: readonly RestartCell<C, R>[], where: (cell: C) => boolean): number =>
  cells.reduce((total, { cell, successes }) => total + (where(cell) ? successes : 0), 0);
