import { configure, fromArray, Generator, manualSeed } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { connectionsOf, placesOf } from "./connections.ts";
import { connectionsFigure } from "./figures.ts";
import { Sparsifiner } from "./sparsifiner.ts";

configure({ threads: 1 });

test("places number a row from its largest entry on, equal ones by index", () => {
  expect(placesOf([0.5, 2, 0.5, -1, 3])).toEqual([2, 1, 3, 4, 0]);
});

test("every patch of an image has a place for every other, as learned, in a window and by the oracle, in one figure", async () => {
  manualSeed(3);
  const student = new Sparsifiner({ image: 16, patch: 4, dim: 12, depth: 2, heads: 3, hidden: 24, classes: 4 });
  const image = fromArray(new Generator(1).hostNormal(3 * 256), [1, 3, 16, 16]);
  const { layer, head, queries } = await connectionsOf(student, image);
  expect([layer < 2, head < 3, queries.length]).toEqual([true, true, 16]);
  for (const { query, learned, window, oracle } of queries) {
    for (const places of [learned, window, oracle]) {
      expect(new Set(places).size).toBe(16);
      expect(Math.max(...places)).toBeLessThan(17);
    }
    // The class token comes first in a window, then the patch itself.
    expect(window[query]).toBe(1);
  }
  const figure = connectionsFigure({ side: 16, grid: 4, colors: new Array(256).fill("#808080"), queries });
  expect((figure.hconcat as unknown[]).length).toBe(3);
  expect((figure.datasets as { queries: unknown[] }).queries).toBe(queries);
});
