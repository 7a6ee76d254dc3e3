import { expect, test } from "vitest";
import { studentQuantile } from "./student.ts";

test("quantiles agree with the printed tables", () => {
  const table: [share: number, freedom: number, t: number][] = [
    [0.9, 1, 6.314],
    [0.9, 2, 2.92],
    [0.9, 3, 2.353],
    [0.9, 4, 2.132],
    [0.9, 5, 2.015],
    [0.9, 10, 1.812],
    [0.9, 30, 1.697],
    [0.95, 7, 2.365],
    [0.99, 4, 4.604],
  ];
  for (const [share, freedom, t] of table) expect(studentQuantile(share, freedom)).toBeCloseTo(t, 3);
});

test("many degrees of freedom approach the normal distribution", () => {
  expect(studentQuantile(0.9, 100_000)).toBeCloseTo(1.6449, 3);
});

test("impossible arguments are refused", () => {
  expect(() => studentQuantile(1, 3)).toThrow(/between 0 and 1, not at 1/);
  expect(() => studentQuantile(0.9, 0)).toThrow(/not 0/);
});
