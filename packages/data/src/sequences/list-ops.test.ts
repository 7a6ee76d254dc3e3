import { expect, test } from "vitest";
import { listOps, listOpsSymbols, listOpsValue } from "./list-ops.ts";

test.each([
  ["[MAX 2 9 [MIN 4 7] 0]", 9],
  ["[SM 5 7 9]", 1],
  ["[MED 1 5 3]", 3],
  ["[MED 1 2 5 9]", 3],
  ["[MIN 4 [SM 9 9 [MAX 1 3]] 7]", 1],
])("%s = %i", (expression, value) => {
  expect(listOpsValue(expression)).toBe(value);
});

test("generated expressions have the length and depth asked for, and their own value as a label", () => {
  const { tokens, labels, vocabulary } = listOps({ sequences: 300, maxLength: 40, minLength: 10, depth: 3, seed: 1 });
  expect(vocabulary).toBe(16);
  for (let s = 0; s < 300; s++) {
    const symbols = Array.from(tokens.data.subarray(40 * s, 40 * (s + 1)), (token) => listOpsSymbols[token]);
    const end = symbols.indexOf("") < 0 ? 40 : symbols.indexOf("");
    expect(end).toBeGreaterThanOrEqual(10);
    expect(symbols.slice(end).every((symbol) => symbol === "")).toBe(true);
    expect(listOpsValue(symbols.slice(0, end).join(" "))).toBe(labels.data[s]);
    let [open, deepest] = [0, 0];
    for (const symbol of symbols) {
      open += symbol.startsWith("[") ? 1 : symbol === "]" ? -1 : 0;
      deepest = Math.max(deepest, open);
    }
    expect(deepest).toBeLessThanOrEqual(3);
  }
  expect(new Set(labels.data).size).toBe(10);
});

test("a seed gives the same expressions, another one others", () => {
  const of = (seed: number) => listOps({ sequences: 10, maxLength: 30, depth: 3, seed }).tokens.data;
  expect(of(4)).toEqual(of(4));
  expect(of(4)).not.toEqual(of(5));
});

test("what is no expression is refused", () => {
  for (const wrong of ["", "3", "[MAX 1 2", "[MAX ]", "[MAX 1 2] 3", "[AVG 1 2]", "[MAX 1 12]", "] 1"])
    expect(() => listOpsValue(wrong)).toThrow(/expression/);
  const options = { sequences: 1, maxLength: 20, depth: 2, seed: 1 };
  expect(() => listOps({ ...options, depth: 0 })).toThrow(/depth/);
  expect(() => listOps({ ...options, maxLength: 3 })).toThrow(/maxLength/);
  expect(() => listOps({ ...options, sequences: 0 })).toThrow(/sequences/);
  expect(() => listOps({ ...options, minLength: 20, maxArguments: 2, depth: 1 })).toThrow(/minLength/);
});
