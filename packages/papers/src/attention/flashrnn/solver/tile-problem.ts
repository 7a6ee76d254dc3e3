import { cellLayouts, type RecurrentTiles } from "@paperworks/kernels";
import type { Cell } from "../cells.ts";
import { IntegerSet } from "./integer-set.ts";
import { type Assignment, type Choice, type ConstraintProblem, solveConstraints } from "./solve-constraints.ts";

/** The memory near a core, in bytes, and its vector unit. */
export interface CacheDescription {
  readonly l1: number;
  readonly l2: number;
  /** Numbers in a vector. */
  readonly lanes: number;
  /** Vector registers. */
  readonly registers: number;
}

/** What holds of most processors; a page cannot ask for its own. */
export const defaultCaches: CacheDescription = { l1: 32_768, l2: 1_048_576, lanes: 4, registers: 16 };

export interface TileShape {
  readonly cell: Cell;
  readonly batch: number;
  readonly heads: number;
  /** Units of a head. */
  readonly dim: number;
}

const constraints = `
# sums of all gates, weights and one value of h in the registers
GATES * TILE_B * TILE_V + TILE_V + 1 <= REGISTERS;
TILE_N == TILE_V * LANES;
DIM % TILE_N == 0;
BATCH % TILE_B == 0;
DIM % BLOCK_K == 0;
# the panel of weights that all rows use, and their h, in half of the first cache
2 * (4 * GATES * TILE_N * BLOCK_K + 4 * TILE_B * DIM) <= L1;
NUM_HEADS % HEADS_RESIDENT == 0;
# the weights of a group of heads in three quarters of the second cache, if more than one is to be
4 * (4 * GATES * DIM^2 * HEADS_RESIDENT) <= 3 * L2 | HEADS_RESIDENT == 1;
`;

/** All tried with their largest value first. */
export const tileOrder: readonly Choice[] = [
  ["HEADS_RESIDENT", "largest"],
  ["TILE_V", "largest"],
  ["TILE_B", "largest"],
  ["BLOCK_K", "largest"],
];

/** How a recurrence may be cut up so that its parts fit the registers and caches, as constraints on whole numbers. */
export function tileProblem(
  { cell, batch, heads, dim }: TileShape,
  caches: CacheDescription = defaultCaches,
): ConstraintProblem {
  const padded = Math.ceil(dim / caches.lanes) * caches.lanes;
  return {
    variables: {
      GATES: cellLayouts[cell].recurrent,
      DIM: padded,
      BATCH: batch,
      NUM_HEADS: heads,
      LANES: caches.lanes,
      REGISTERS: caches.registers,
      L1: caches.l1,
      L2: caches.l2,
      HEADS_RESIDENT: IntegerSet.between(1, heads),
      TILE_V: IntegerSet.between(1, padded),
      TILE_N: IntegerSet.between(1, padded),
      TILE_B: IntegerSet.between(1, batch),
      BLOCK_K: IntegerSet.between(1, padded),
    },
    constraints,
  };
}

/** No tile satisfies the constraints, or none that does has a kernel. */
export class NoTileError extends Error {
  override readonly name = "NoTileError";
}

export interface ChooseTilesOptions {
  readonly caches?: CacheDescription;
  /** Whether a tile works; one that does not is excluded and the next solution is tried. All do when absent. */
  readonly works?: (tiles: RecurrentTiles) => boolean;
}

/**
 * The first tile that satisfies the constraints and works.
 *
 * @throws NoTileError if there is none
 */
export function chooseTiles(shape: TileShape, { caches, works = () => true }: ChooseTilesOptions = {}): RecurrentTiles {
  const problem = tileProblem(shape, caches);
  const exclude: Assignment[] = [];
  for (;;) {
    const [solution] = solveConstraints(problem, tileOrder, { exclude }).solutions;
    if (!solution) {
      const tried = exclude.length === 0 ? "" : `, and none of ${exclude.length} that do works`;
      throw new NoTileError(`no tile satisfies the constraints of ${JSON.stringify(shape)}${tried}`);
    }
    if (works(tilesOf(solution))) return tilesOf(solution);
    exclude.push(solution);
  }
}

/** Every tile that satisfies the constraints, in the solver's order, `most` at the most. */
export const allTiles = (shape: TileShape, most: number, caches?: CacheDescription): RecurrentTiles[] =>
  solveConstraints(tileProblem(shape, caches), tileOrder, { count: most }).solutions.map(tilesOf);

export const tilesOf = (solution: Assignment): RecurrentTiles => ({
  resident: solution.HEADS_RESIDENT,
  rows: solution.TILE_B,
  vectors: solution.TILE_V,
  block: solution.BLOCK_K,
});
