import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { modularSumData, parityData } from "./running-sum.ts";

test("a label is the sum of the digits up to it, modulo the modulus", () => {
  const { tokens, labels, modulus } = modularSumData(5, { sequences: 7, length: 20, seed: 3 });
  expect(modulus).toBe(5);
  for (let row = 0; row < 7; row++)
    for (let i = 0; i < 20; i++) {
      const sum = tokens.data.slice(row * 20, row * 20 + i + 1).reduce((a, b) => a + b, 0);
      expect(labels.data[row * 20 + i]).toBe(sum % 5);
    }
  expect(new Set(tokens.data)).toEqual(new Set([0, 1, 2, 3, 4]));
});

test("parity changes with every one and stays with every zero", () => {
  const { tokens, labels } = parityData({ sequences: 4, length: 50, seed: 1 });
  for (let i = 1; i < 200; i++) if (i % 50 !== 0) expect(labels.data[i] ^ labels.data[i - 1]).toBe(tokens.data[i]);
});

test("sequences of their own lengths have labels to their ends, and all lengths come", () => {
  const { labels } = parityData({ sequences: 500, length: 8, shortest: 3, seed: 2 });
  const lengths = Array.from({ length: 500 }, (_, row) =>
    labels.data.slice(8 * row, 8 * row + 8).filter((x) => x >= 0),
  );
  expect(new Set(lengths.map((kept) => kept.length))).toEqual(new Set([3, 4, 5, 6, 7, 8]));
});

test("one seed gives one task, a stream goes on", () => {
  const options = { sequences: 2, length: 30 };
  expect(parityData({ ...options, seed: 4 })).toEqual(parityData({ ...options, seed: 4 }));
  const stream = new Random(4);
  expect(parityData({ ...options, seed: stream })).toEqual(parityData({ ...options, seed: 4 }));
  expect(parityData({ ...options, seed: stream })).not.toEqual(parityData({ ...options, seed: 4 }));
});

test("what cannot be is refused", () => {
  expect(() => modularSumData(1, { sequences: 1, length: 1, seed: 0 })).toThrow(/modulus is 1/);
  expect(() => parityData({ sequences: 1, length: 4, shortest: 5, seed: 0 })).toThrow(/shortest is 5/);
});
