import fc from "fast-check";
import { expect, test } from "vitest";
import { batches } from "./batches.ts";
import { DomainError } from "./errors.ts";
import { shuffledRows } from "./shuffled-rows.ts";

test("a pass takes no record twice, and any step can be asked for first", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(100),
      (records, size, seed) => {
        const batchSize = Math.min(records, size);
        const rows = shuffledRows({ records, batchSize, seed });
        const perEpoch = Math.floor(records / batchSize);
        for (const epoch of [0, 1]) {
          const taken = Array.from({ length: perEpoch }, (_, i) => [...rows(epoch * perEpoch + i)]).flat();
          expect(new Set(taken).size).toBe(perEpoch * batchSize);
          expect(taken.every((row) => row >= 0 && row < records)).toBe(true);
        }
        expect(shuffledRows({ records, batchSize, seed })(perEpoch)).toEqual(rows(perEpoch));
      },
    ),
  );
});

test("the rows are those of the batches with the same seed", () => {
  const ids = { ids: { data: Int32Array.from({ length: 10 }, (_, i) => i), shape: [10] } };
  const rows = shuffledRows({ records: 10, batchSize: 3, seed: 5 });
  let step = 0;
  for (const batch of batches(ids, { batchSize: 3, seed: 5, epochs: 3 })) expect(rows(step++)).toEqual(batch.ids.data);
  expect(step).toBe(9);
});

test("a batch larger than the records is refused", () => {
  expect(() => shuffledRows({ records: 4, batchSize: 5, seed: 0 })).toThrow(DomainError);
});
