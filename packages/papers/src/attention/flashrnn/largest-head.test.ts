import { expect, test } from "vitest";
import { largestOneTileHead, tiledError } from "./largest-head.ts";
import { propagationRows } from "./propagation-rows.ts";
import { countNodes } from "./search-savings.ts";

test("a tile that holds all gates of a head ends at 32 units, where their weights fill half of 32 KiB", () => {
  expect(largestOneTileHead(4)).toBe(32);
  expect(largestOneTileHead(1)).toBe(64);
  expect(largestOneTileHead(4, { l1: 65_536, l2: 0, lanes: 4, registers: 16 })).toBe(44);
});

test("the tiled kernel runs a head of 300 units as the engine's loop does", async () => {
  expect(await tiledError(300, 8)).toBeLessThan(1e-4);
});

test("sets of values only shrink on the way to a tile, and end with one each", () => {
  const rows = propagationRows({ cell: "lstm", batch: 6, heads: 12, dim: 96 });
  const last = Math.max(...rows.map(({ step }) => step));
  const valuesAt = (step: number, variable: string): number[] =>
    rows.filter((row) => row.step === step && row.variable === variable).map(({ value }) => value);
  for (const variable of ["HEADS_RESIDENT", "TILE_V", "TILE_N", "TILE_B", "BLOCK_K"]) {
    for (let step = 1; step <= last; step++)
      for (const value of valuesAt(step, variable)) expect(valuesAt(step - 1, variable)).toContain(value);
    expect(valuesAt(last, variable)).toHaveLength(1);
  }
});

test("the search tries fewer values with divisibility in every shape", () => {
  for (const { nodes, blind } of countNodes([{ cell: "gru", batch: 5, heads: 30, dim: 200 }]))
    expect(nodes).toBeLessThan(blind);
});
