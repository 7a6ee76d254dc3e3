import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batches } from "./batches.ts";
import { column, recordCount, take, unitImages } from "./column.ts";
import { DomainError } from "./errors.ts";
import { prefetch } from "./prefetch.ts";
import { split } from "./split.ts";

/** n records whose image is the record's number, written 20 times. */
function numbered(n: number) {
  return {
    images: column(
      Float32Array.from({ length: n * 20 }, (_, i) => Math.floor(i / 20)),
      [n, 4, 5],
    ),
    labels: column(
      Int32Array.from({ length: n }, (_, i) => i),
      [n],
    ),
  };
}

describe("take", () => {
  it("gathers the same records in every column and keeps their types", () => {
    const taken = take(numbered(6), [5, 0, 5]);
    expect([...taken.labels.data]).toEqual([5, 0, 5]);
    expect(taken.images.shape).toEqual([3, 4, 5]);
    expect(taken.images.data).toBeInstanceOf(Float32Array);
    expect([...new Set(taken.images.data.subarray(20, 40))]).toEqual([0]);
  });

  it("refuses an index that is no record, with its value", () => {
    expect(() => take(numbered(6), [6])).toThrow("indices[0] is 6; expected a record from 0 to 5");
    expect(() => take(numbered(6), [0.5])).toThrow(DomainError);
  });

  it("refuses columns of different length, and data that do not fill their shape", () => {
    const bad = { a: column(new Uint8Array(4), [4]), b: column(new Uint8Array(3), [3]) };
    expect(() => recordCount(bad)).toThrow("b.shape is [3]; expected 4 records like a");
    expect(() => column(new Uint8Array(5), [2, 2])).toThrow(DomainError);
  });

  it("scales bytes to the unit interval", () => {
    expect([...unitImages(column(Uint8Array.of(0, 51, 255), [3, 1])).data]).toEqual([0, Math.fround(0.2), 1]);
  });
});

describe("batches", () => {
  it("gives every record once a pass, in another order each pass, the same for the same seed", () => {
    const sequence = batches(numbered(12), { batchSize: 4, seed: 1, epochs: 2 });
    const labels = Array.from(sequence, (batch) => [...batch.labels.data]).flat();
    expect(labels).toHaveLength(24);
    expect(labels.slice(0, 12).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(new Set(labels.slice(12)).size).toBe(12);
    expect(labels.slice(0, 12)).not.toEqual(labels.slice(12));
    expect(Array.from(sequence, (batch) => [...batch.labels.data]).flat()).toEqual(labels);
  });

  it("resumes from any JSON position with exactly the batches that were left", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 10 }),
        fc.boolean(),
        fc.boolean(),
        fc.nat(8),
        (n, batchSize, shuffle, dropLast, stop) => {
          fc.pre(!dropLast || batchSize <= n);
          const options = { batchSize, seed: 4, shuffle, dropLast, epochs: 3 };
          const all = [...batches(numbered(n), options)];
          const first = batches(numbered(n), options);
          let given = 0;
          for (const _ of first) if (++given >= stop) break;
          const start = JSON.parse(JSON.stringify(first.position));
          const rest = [...batches(numbered(n), { ...options, start })];
          expect(rest).toEqual(all.slice(given));
        },
      ),
      { seed: 2, numRuns: 60 },
    );
  });

  it("keeps or drops the smaller last batch as asked", () => {
    const sizes = (dropLast: boolean) =>
      Array.from(batches(numbered(10), { batchSize: 4, seed: 0, dropLast }), (batch) => batch.labels.shape[0]);
    expect(sizes(true)).toEqual([4, 4]);
    expect(sizes(false)).toEqual([4, 4, 2]);
  });

  it("keeps the order of the data without shuffling", () => {
    const sequence = batches(numbered(4), { batchSize: 2, shuffle: false });
    expect(Array.from(sequence, (batch) => [...batch.labels.data])).toEqual([
      [0, 1],
      [2, 3],
    ]);
  });

  it("goes on without end when asked to", () => {
    let steps = 0;
    for (const _ of batches(numbered(4), { batchSize: 2, seed: 0, epochs: Number.POSITIVE_INFINITY })) {
      if (++steps === 100) break;
    }
    expect(steps).toBe(100);
  });

  it("refuses a missing seed, a batch larger than the data, and the position of another sequence", () => {
    expect(() => batches(numbered(4), { batchSize: 2 })).toThrow("seed is undefined");
    expect(() => batches(numbered(4), { batchSize: 5, seed: 0 })).toThrow("batchSize is 5; expected at most the 4");
    const { position } = batches(numbered(4), { batchSize: 2, seed: 0 });
    expect(() => batches(numbered(4), { batchSize: 2, seed: 1, start: position })).toThrow(
      "start.seed is 0; expected 1",
    );
  });

  it("tells the position after a batch even when prefetching runs ahead", async () => {
    const options = { batchSize: 2, seed: 7, epochs: 2 };
    const sequence = batches(numbered(8), options);
    const seen: number[][] = [];
    let position = sequence.position;
    for await (const batch of prefetch(sequence, 3)) {
      seen.push([...batch.labels.data]);
      position = sequence.positionAfter(batch);
      if (seen.length === 3) break;
    }
    for (const batch of batches(numbered(8), { ...options, start: position })) seen.push([...batch.labels.data]);
    expect(seen).toEqual(Array.from(batches(numbered(8), options), (batch) => [...batch.labels.data]));
  });
});

describe("prefetch", () => {
  it("keeps order, runs at most depth ahead, and closes the source when the consumer stops", async () => {
    let produced = 0;
    let closed = false;
    async function* source() {
      try {
        for (;;) yield produced++;
      } finally {
        closed = true;
      }
    }
    const taken: number[] = [];
    for await (const value of prefetch(source(), 2)) {
      taken.push(value);
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(produced - taken.length).toBeLessThanOrEqual(2);
      if (taken.length === 5) break;
    }
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    expect(closed).toBe(true);
  });

  it("throws the source's error after the values before it", async () => {
    async function* source() {
      yield 1;
      throw new Error("broken");
    }
    const taken: number[] = [];
    const run = async () => {
      for await (const value of prefetch(source(), 4)) taken.push(value);
    };
    await expect(run()).rejects.toThrow("broken");
    expect(taken).toEqual([1]);
  });
});

describe("split", () => {
  it("makes disjoint parts of the sizes asked for", () => {
    const [a, b] = split(10, [6, 3], 0);
    expect([a.length, b.length]).toEqual([6, 3]);
    expect(new Set([...a, ...b]).size).toBe(9);
    expect(split(10, [6, 3], 0)).toEqual([a, b]);
    expect(split(10, [6, 3], 1)).not.toEqual([a, b]);
  });

  it("covers every record when fractions add up to one", () => {
    const parts = split(1001, [0.7, 0.2, 0.1], 3);
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(1001);
  });

  it("refuses counts and fractions that are too large, or mixed", () => {
    for (const parts of [[6, 5], [0.7, 0.4], [0.5, 2], [-1]]) expect(() => split(10, parts, 0)).toThrow(DomainError);
  });
});
