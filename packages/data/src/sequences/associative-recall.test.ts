import { expect, test } from "vitest";
import { associativeRecall } from "./associative-recall.ts";

const rowsOf = ({ data, shape: [rows, length] }: { data: Int32Array; shape: readonly [number, number] }): number[][] =>
  Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * length, (row + 1) * length)));

test.each([true, false])(
  "a label is the one value of a key seen before, and there are no others (keys repeated: %s)",
  (repeatedKeys) => {
    const task = associativeRecall({ sequences: 200, pairs: 16, symbols: 20, repeatedKeys, seed: 3 });
    const labels = rowsOf(task.labels);
    for (const [s, row] of rowsOf(task.tokens).entries()) {
      const values = new Map<number, number>();
      row.forEach((symbol, place) => {
        const isKey = place % 2 === 0;
        expect(symbol < 20).toBe(isKey);
        expect(labels[s][place]).toBe(isKey ? (values.get(symbol) ?? -1) : -1);
        if (!isKey) {
          const key = row[place - 1];
          expect(values.get(key) ?? symbol).toBe(symbol);
          values.set(key, symbol);
        }
      });
      expect(labels[s].at(-1)).toBe(task.answers[s]);
      expect(task.answers[s]).toBeGreaterThanOrEqual(20);
    }
  },
);

test("a recalled value is the one behind its key, and no key stands twice", () => {
  const { tokens, answers, vocabulary } = associativeRecall({ sequences: 50, pairs: 6, symbols: 9, seed: 1 });
  const [, length] = tokens.shape;
  expect(vocabulary).toBe(18);
  for (let s = 0; s < 50; s++) {
    const row = Array.from(tokens.data.subarray(s * length, (s + 1) * length));
    const keys = row.filter((_, i) => i % 2 === 0);
    expect(new Set(keys.slice(0, -1)).size).toBe(6);
    expect(row[row.indexOf(keys[6]) + 1]).toBe(answers[s]);
  }
});

test("few keys come again and again, so that most places teach something", () => {
  const { labels } = associativeRecall({ sequences: 100, pairs: 32, symbols: 10, repeatedKeys: true, seed: 1 });
  const taught = labels.data.filter((label) => label >= 0).length / 100;
  // Of 33 keys from 10 all are seen before but about 10·(1 − 0.9³²) = 9.7.
  expect(taught).toBeGreaterThan(22);
  expect(taught).toBeLessThan(24.5);
});

test("a seed gives the same sequences, another one others", () => {
  const of = (seed: number) =>
    associativeRecall({ sequences: 5, pairs: 8, symbols: 6, repeatedKeys: true, seed }).tokens;
  expect(of(1)).toEqual(of(1));
  expect(of(1)).not.toEqual(of(2));
});

test("fewer keys than pairs are refused only where no key may come twice", () => {
  const options = { sequences: 1, pairs: 6, symbols: 5, seed: 1 };
  expect(() => associativeRecall(options)).toThrow(/symbols/);
  expect(associativeRecall({ ...options, repeatedKeys: true }).vocabulary).toBe(10);
  expect(() => associativeRecall({ ...options, repeatedKeys: true, symbols: 0 })).toThrow(/symbols/);
  expect(() => associativeRecall({ ...options, repeatedKeys: true, pairs: 0 })).toThrow(/pairs/);
});
