import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { millisecondsADay } from "./days.ts";
import { decay, halfLifeDays, trendingScore } from "./trending.ts";

const at = new Date("2026-11-24T12:00:00Z");
const ago = (days: number) => new Date(at.getTime() - days * millisecondsADay);
const votes = (...days: number[]) => days.reduce((sum, day) => sum + decay(ago(day), at), 0);

test("a vote counts half after the half-life, and a quarter after two", () => {
  expect(decay(ago(halfLifeDays), at)).toBeCloseTo(0.5, 12);
  expect(decay(ago(2 * halfLifeDays), at)).toBeCloseTo(0.25, 12);
  expect(decay(ago(-1), at)).toBe(1);
});

describe("the score", () => {
  test("of one fresh vote on an old listing is 1, of three 2, of seven 3", () => {
    const score = (n: number) => trendingScore(votes(...Array(n).fill(0)), "2020-01-01", at);
    expect([score(1), score(3), score(7)].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1, 2, 3]);
  });

  test("puts three votes of today before five of last week", () => {
    const [today, lastWeek] = [votes(0, 0, 0), votes(7, 7, 7, 7, 7)];
    expect(trendingScore(today, "2026-11-01", at)).toBeGreaterThan(trendingScore(lastWeek, "2026-11-01", at));
  });

  test("grows with every vote and falls as time goes by", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 20 }), (days) => {
        const now = trendingScore(votes(...days), "2026-11-01", at);
        expect(trendingScore(votes(...days, 1), "2026-11-01", at)).toBeGreaterThan(now);
        const later = trendingScore(votes(...days.map((day) => day + 1)), "2026-10-31", at);
        expect(later).toBeLessThan(now);
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});
