import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differenceOf } from "./difference.ts";

const values = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 8 });
const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;

describe("the difference of two groups", () => {
  test("of equal sizes and spreads has the interval of Student's two-sample t", () => {
    // s² = 1 in both: e = √(2/3), ν = 4, t = 2.1318.
    const { value, interval } = differenceOf([1, 2, 3], [4, 5, 6])!;
    expect(value).toBeCloseTo(3, 12);
    expect(interval![0]).toBeCloseTo(3 - 2.131847 * Math.sqrt(2 / 3), 5);
    expect(interval![1]).toBeCloseTo(3 + 2.131847 * Math.sqrt(2 / 3), 5);
  });

  test("turns round with the groups, and its interval holds it", () => {
    fc.assert(
      fc.property(values, values, (first, second) => {
        const [there, back] = [differenceOf(first, second)!, differenceOf(second, first)!];
        expect(there.value).toBeCloseTo(mean(second) - mean(first), 8);
        expect(back.value).toBeCloseTo(-there.value, 8);
        const [low, high] = there.interval!;
        expect(low).toBeLessThanOrEqual(there.value);
        expect(high).toBeGreaterThanOrEqual(there.value);
        expect(back.interval![0]).toBeCloseTo(-high, 6);
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  test("has no interval for a single value or one that is no number, a bare one for equal values, and none for nothing", () => {
    expect(differenceOf([1], [2, 3])).toEqual({ value: 1.5, interval: null });
    expect(differenceOf([1, Number.NaN], [2, 3])).toEqual({ value: Number.NaN, interval: null });
    expect(differenceOf([1, 1], [2, 2, 2])).toEqual({ value: 1, interval: [1, 1] });
    expect(differenceOf([], [1])).toBeUndefined();
  });
});
