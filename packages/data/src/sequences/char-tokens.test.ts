import { expect, test } from "vitest";
import { associativeRecall } from "./associative-recall.ts";
import { charTokens } from "./char-tokens.ts";
import { generatedPlays } from "./generated-plays.ts";

test("characters become places among the sorted symbols, and come back", () => {
  const { symbols, tokens } = charTokens("banana ä");
  expect(symbols).toEqual([" ", "a", "b", "n", "ä"]);
  expect(Array.from(tokens, (token) => symbols[token]).join("")).toBe("banana ä");
  expect(() => charTokens("")).toThrow(/at least one character/);
});

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
  expect(() => associativeRecall({ sequences: 1, pairs: 6, symbols: 5, seed: 1 })).toThrow(/symbols/);
});

test("generated plays are as long as asked and the same for a seed, a speaker above what is said", () => {
  const text = generatedPlays({ characters: 5000, seed: 3 });
  expect(text).toHaveLength(5000);
  expect(generatedPlays({ characters: 5000, seed: 3 })).toBe(text);
  expect(text).toMatch(/^[A-Z]+:\n[A-Z][a-z ]+[.!?]/);
});
