import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import { byteSize, duration } from "./budgets.ts";

test.each([
  ["90s", 90],
  ["10m", 600],
  ["1.5h", 5400],
  ["2 hours", 7200],
  ["500ms", 0.5],
])("%s is a time", (text, seconds) => {
  expect(duration(text)).toBe(seconds);
});

test.each([
  ["4gb", 4 * 2 ** 30],
  ["800 MB", 800 * 2 ** 20],
  ["1.5g", 1.5 * 2 ** 30],
  ["2GiB", 2 ** 31],
])("%s is a size", (text, bytes) => {
  expect(byteSize(text)).toBe(bytes);
});

test.each(["", "10", "m", "-5m", "0s", "ten minutes", "10 parsecs"])("%j is no time", (text) => {
  expect(() => duration(text)).toThrow(InvalidArgumentError);
});

test.each(["", "4", "gb", "-4gb", "0mb", "4 gigs", "12abc"])("%j is no size", (text) => {
  expect(() => byteSize(text)).toThrow(InvalidArgumentError);
});
