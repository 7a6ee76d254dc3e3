import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { atLeast, atMost, between, equals } from "./bars.ts";
import { estimate, judge } from "./verdict.ts";

const bounded = { seed: 20261124, numRuns: 300 };
const rank = { missed: 0, inconclusive: 1, reproduced: 2 };

describe("the verdict", () => {
  test("is reproduced when the whole interval clears the bar", () => {
    // Mean 0.9, s = 0.01, n = 3: half-width 2.92 · 0.01 / √3 = 0.01686.
    const judged = judge([0.89, 0.9, 0.91], atLeast(0.88));
    expect(judged.verdict).toBe("reproduced");
    expect(judged.value).toBeCloseTo(0.9, 12);
    expect(judged.spread).toBeCloseTo(0.01686, 5);
  });

  test("is inconclusive when the spread covers the bar, and says so", () => {
    expect(judge([0.89, 0.9, 0.91], atLeast(0.9))).toMatchObject({
      verdict: "inconclusive",
      reason: expect.stringContaining("covers the bar"),
    });
  });

  test("is missed when none of the interval clears the bar", () => {
    expect(judge([0.89, 0.9, 0.91], atLeast(0.92)).verdict).toBe("missed");
  });

  test("of a single value comes from the point itself, the bar's end included", () => {
    expect(judge([0.6], atLeast(0.6))).toMatchObject({ verdict: "reproduced", spread: null, interval: [0.6, 0.6] });
    expect(judge([0.59], atLeast(0.6)).verdict).toBe("missed");
    expect(judge([0.6], atMost(0.6)).verdict).toBe("reproduced");
  });

  test("of equal values has no spread, to the last digit", () => {
    expect(judge([0.1, 0.1, 0.1], equals(0.1))).toMatchObject({ verdict: "reproduced", value: 0.1, spread: 0 });
    expect(judge([0.1, 0.1, 0.1], atLeast(0.2)).verdict).toBe("missed");
  });

  test("goes the other way when the bar does", () => {
    expect(judge([0.89, 0.9, 0.91], atMost(0.92)).verdict).toBe("reproduced");
    expect(judge([0.89, 0.9, 0.91], atMost(0.88)).verdict).toBe("missed");
    expect(judge([-0.6, -0.7], atLeast(0.6)).verdict).toBe("missed");
  });

  test("of a range needs both ends, and an interval over one end is inconclusive", () => {
    expect(judge([1, 1.1, 1.2], between(0.5, 2)).verdict).toBe("reproduced");
    expect(judge([1.9, 2, 2.1], between(0.5, 2)).verdict).toBe("inconclusive");
    expect(judge([0.4, 0.5, 0.6], between(0.5, 2)).verdict).toBe("inconclusive");
    expect(judge([3, 3.1], between(0.5, 2)).verdict).toBe("missed");
    expect(judge([0, 4], between(1, 2)).verdict).toBe("inconclusive");
    expect(judge([511.8, 512.2], equals(512, 0.5)).verdict).toBe("inconclusive");
    expect(judge([511.9, 512, 512.1], equals(512, 0.5)).verdict).toBe("reproduced");
  });

  test("of a value that is not a number is missed, with the reason", () => {
    expect(judge([1, Number.NaN, 3], atLeast(0))).toMatchObject({
      verdict: "missed",
      reason: "value 2 of 3 is not a number: the measurement failed",
    });
    expect(judge([Number.NaN], atMost(0))).toMatchObject({ verdict: "missed", spread: null });
  });

  test("of infinite values comes from their range", () => {
    expect(judge([Number.POSITIVE_INFINITY], atLeast(1.5)).verdict).toBe("reproduced");
    expect(judge([2, Number.POSITIVE_INFINITY], atLeast(1.5)).verdict).toBe("reproduced");
    expect(judge([1, Number.POSITIVE_INFINITY], atLeast(1.5)).verdict).toBe("inconclusive");
    expect(judge([Number.NEGATIVE_INFINITY, 1], atLeast(1.5)).verdict).toBe("missed");
  });

  test("of no values cannot be asked for", () => {
    expect(() => judge([], atLeast(0))).toThrow(/at least one value/);
  });
});

// Multiples of 1/8 add without rounding, so that a property does not fail in the last place.
const eighths = fc.integer({ min: -800, max: 800 }).map((value) => value / 8);
const samples = fc.array(eighths, { minLength: 1, maxLength: 8 });

describe("for any values", () => {
  test("moving them up never worsens the verdict of atLeast, nor betters that of atMost", () => {
    fc.assert(
      fc.property(samples, eighths, fc.integer({ min: 0, max: 800 }), (values, bar, shift) => {
        const moved = values.map((value) => value + shift / 8);
        expect(rank[judge(moved, atLeast(bar)).verdict]).toBeGreaterThanOrEqual(
          rank[judge(values, atLeast(bar)).verdict],
        );
        expect(rank[judge(moved, atMost(bar)).verdict]).toBeLessThanOrEqual(rank[judge(values, atMost(bar)).verdict]);
      }),
      bounded,
    );
  });

  test("mirroring values and bar keeps the verdict", () => {
    fc.assert(
      fc.property(samples, eighths, (values, bar) => {
        const mirrored = values.map((value) => -value);
        expect(judge(mirrored, atMost(-bar)).verdict).toBe(judge(values, atLeast(bar)).verdict);
      }),
      bounded,
    );
  });

  test("widening the bar never worsens the verdict", () => {
    fc.assert(
      fc.property(samples, eighths, fc.integer({ min: 0, max: 80 }), (values, center, tolerance) => {
        const narrow = judge(values, equals(center, tolerance / 8)).verdict;
        const wide = judge(values, equals(center, tolerance / 4 + 1)).verdict;
        expect(rank[wide]).toBeGreaterThanOrEqual(rank[narrow]);
      }),
      bounded,
    );
  });

  test("the order of the seeds does not matter, and the interval holds the mean", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { value, interval } = estimate(values);
        const turned = estimate([...values].reverse());
        expect(turned.value).toBeCloseTo(value, 9);
        expect(turned.interval[0]).toBeCloseTo(interval[0], 9);
        expect(value).toBeGreaterThanOrEqual(interval[0]);
        expect(value).toBeLessThanOrEqual(interval[1]);
      }),
      bounded,
    );
  });
});
