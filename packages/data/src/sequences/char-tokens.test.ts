import { expect, test } from "vitest";
import { charTokens } from "./char-tokens.ts";
import { generatedPlays } from "./generated-plays.ts";

test("characters become places among the sorted symbols, and come back", () => {
  const { symbols, tokens } = charTokens("banana ä");
  expect(symbols).toEqual([" ", "a", "b", "n", "ä"]);
  expect(Array.from(tokens, (token) => symbols[token]).join("")).toBe("banana ä");
  expect(() => charTokens("")).toThrow(/at least one character/);
});

test("generated plays are as long as asked and the same for a seed, a speaker above what is said", () => {
  const text = generatedPlays({ characters: 5000, seed: 3 });
  expect(text).toHaveLength(5000);
  expect(generatedPlays({ characters: 5000, seed: 3 })).toBe(text);
  expect(text).toMatch(/^[A-Z]+:\n[A-Z][a-z ]+[.!?]/);
});
