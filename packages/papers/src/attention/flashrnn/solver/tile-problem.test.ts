import { expect, test } from "vitest";
import { parseConstraints } from "./parse-constraints.ts";
import { solveConstraints } from "./solve-constraints.ts";
import { allTiles, chooseTiles, defaultCaches, NoTileError, tileOrder, tileProblem } from "./tile-problem.ts";

test("every tile satisfies every constraint by its numbers", () => {
  for (const shape of [
    { cell: "lstm", batch: 6, heads: 12, dim: 96 },
    { cell: "gru", batch: 1, heads: 5, dim: 30 },
    { cell: "elman", batch: 4, heads: 2, dim: 256 },
  ] as const) {
    const problem = tileProblem(shape);
    const { solutions } = solveConstraints(problem, tileOrder, { count: 200 });
    expect(solutions.length).toBeGreaterThan(3);
    const constraint = parseConstraints(problem.constraints as string, Object.keys(problem.variables));
    for (const solution of solutions) {
      expect(constraint.holds(solution)).toBe(true);
      const { GATES: g, TILE_B: b, TILE_V: v, DIM: d, HEADS_RESIDENT: n, BLOCK_K: k, TILE_N: t } = solution;
      expect(g * b * v + v + 1).toBeLessThanOrEqual(16);
      expect([t, d % t, shape.batch % b, d % k, shape.heads % n]).toEqual([4 * v, 0, 0, 0, 0]);
      expect(2 * (4 * g * t * k + 4 * b * d)).toBeLessThanOrEqual(defaultCaches.l1);
      expect(n === 1 || 16 * g * d * d * n <= 3 * defaultCaches.l2).toBe(true);
    }
  }
});

test("the largest values come first: heads that stay in the cache, then vectors, rows and depth", () => {
  expect(chooseTiles({ cell: "lstm", batch: 1, heads: 4, dim: 32 })).toEqual({
    resident: 4,
    rows: 1,
    vectors: 2,
    block: 32,
  });
  expect(chooseTiles({ cell: "lstm", batch: 1, heads: 64, dim: 128 }).resident).toBe(2);
  expect(chooseTiles({ cell: "lstm", batch: 1, heads: 4, dim: 256 }).resident).toBe(1);
});

test("a tile that does not work is excluded and the next one tried, until none is left", () => {
  const shape = { cell: "lstm", batch: 2, heads: 2, dim: 8 } as const;
  const [first, second] = allTiles(shape, 2);
  expect(chooseTiles(shape)).toEqual(first);
  expect(chooseTiles(shape, { works: (tiles) => JSON.stringify(tiles) !== JSON.stringify(first) })).toEqual(second);
  expect(() => chooseTiles(shape, { works: () => false })).toThrow(NoTileError);
  const caches = { ...defaultCaches, registers: 3 };
  expect(() => chooseTiles(shape, { caches })).toThrow(/no tile satisfies the constraints of \{"cell":"lstm"/);
});

test("divisibility and factors spare most of the search", () => {
  const problem = tileProblem({ cell: "lstm", batch: 6, heads: 60, dim: 252 });
  const { nodes, solutions } = solveConstraints(problem, tileOrder);
  const blind = solveConstraints(problem, tileOrder, { divisibility: false });
  expect(blind.solutions).toEqual(solutions);
  expect(blind.nodes).toBeGreaterThan(5 * nodes);
});
