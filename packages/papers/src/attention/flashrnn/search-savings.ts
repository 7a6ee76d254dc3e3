import { solveConstraints } from "./solver/solve-constraints.ts";
import { type TileShape, tileOrder, tileProblem } from "./solver/tile-problem.ts";

/** Twelve layers of 3,072 units: heads from 64 to 512 wide, alone and in batches of 16. */
export const searchShapes: readonly TileShape[] = [64, 128, 192, 256, 384, 512].flatMap((dim) =>
  [1, 16].map((batch): TileShape => ({ cell: "lstm", batch, heads: 3072 / dim, dim })),
);

export type SearchRow = { dim: number; heads: number; batch: number; nodes: number; blind: number };

/** Values that the search for a tile tries, with divisibility and factors and without. */
export const countNodes = (shapes: readonly TileShape[]): SearchRow[] =>
  shapes.map((shape) => {
    const problem = tileProblem(shape);
    const nodes = (divisibility: boolean): number => solveConstraints(problem, tileOrder, { divisibility }).nodes;
    return { dim: shape.dim, heads: shape.heads, batch: shape.batch, nodes: nodes(true), blind: nodes(false) };
  });
