import { expect, test } from "vitest";
import { mean, median, minus, over } from "./values.ts";

test("of three values and of four", () => {
  expect([mean([1, 2, 6]), median([6, 1, 2]), median([4, 1, 2, 10])]).toEqual([3, 2, 3]);
  expect([mean([]), median([])]).toEqual([Number.NaN, Number.NaN]);
});

test("seeds are compared with their own", () => {
  expect(minus([3, 5], [1, 2])).toEqual([2, 3]);
  expect(over([3, 5], [1, 2])).toEqual([3, 2.5]);
});
