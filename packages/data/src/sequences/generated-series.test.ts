import { describe, expect, it } from "vitest";
import { DomainError } from "../errors.ts";
import { motifPairs, motifSeries, motifs } from "./motif-series.ts";
import { seasonalSeries } from "./seasonal-series.ts";

describe("motifSeries", () => {
  it("hides the two motifs of the class at the places it tells, and nothing else", () => {
    const { series, labels, starts, channels } = motifSeries({ count: 60, seed: 0, noise: 0 });
    for (let i = 0; i < 60; i++) {
      const expected = new Float32Array(128 * 3);
      motifPairs[labels.data[i]].forEach((motif, k) => {
        for (let j = 0; j < 20; j++) {
          expected[(starts.data[2 * i + k] + j) * 3 + channels.data[i]] = motifs[motif].value((j + 0.5) / 20);
        }
      });
      expect(series.data.subarray(i * 384, (i + 1) * 384)).toEqual(expected);
      expect(starts.data[2 * i + 1] - starts.data[2 * i]).toBeGreaterThanOrEqual(20);
      expect(starts.data[2 * i + 1]).toBeLessThanOrEqual(108);
    }
  });

  it("balances six classes of different motifs and spreads places over the whole series", () => {
    const { labels, starts, channels } = motifSeries({ count: 600, seed: 1 });
    const counts = new Array(6).fill(0);
    for (const label of labels.data) counts[label]++;
    expect(counts).toEqual(new Array(6).fill(100));
    expect(Math.min(...starts.data)).toBe(0);
    expect(Math.max(...starts.data)).toBe(108);
    expect(new Set(channels.data).size).toBe(3);
  });

  it("adds noise of the deviation asked for", () => {
    const clean = motifSeries({ count: 100, seed: 2, noise: 0 });
    const noisy = motifSeries({ count: 100, seed: 2, noise: 0.2 });
    const squares = noisy.series.data.reduce((sum, value, i) => sum + (value - clean.series.data[i]) ** 2, 0);
    expect(Math.sqrt(squares / noisy.series.data.length)).toBeCloseTo(0.2, 2);
  });

  it("fills a series that has room for two motifs only, and refuses a shorter one", () => {
    const { starts } = motifSeries({ count: 12, seed: 0, length: 40 });
    for (let i = 0; i < 12; i++) expect([...starts.data.subarray(2 * i, 2 * i + 2)]).toEqual([0, 20]);
    expect(() => motifSeries({ count: 1, seed: 0, length: 39 })).toThrow(DomainError);
  });
});

describe("seasonalSeries", () => {
  it("has the form of ETTh1: hourly rows, 7 variables", () => {
    const { values, dates, variables } = seasonalSeries({ seed: 0 });
    expect(values.shape).toEqual([14_400, 7]);
    expect(variables).toHaveLength(7);
    expect([dates[0], dates[25]]).toEqual(["2016-07-01 00:00:00", "2016-07-02 01:00:00"]);
  });

  it("repeats after a day far better than after half a day, yet not exactly", () => {
    const { values } = seasonalSeries({ seed: 0, periods: [24] });
    const difference = (lag: number) => {
      let sum = 0;
      for (let t = lag; t < 2000; t++) sum += (values.data[t * 7] - values.data[(t - lag) * 7]) ** 2;
      return sum / (2000 - lag);
    };
    expect(difference(24)).toBeGreaterThan(2 * 0.3 ** 2 * 0.8);
    expect(difference(24)).toBeLessThan(difference(12) / 3);
  });

  it("gives each variable a stream of its own: fewer variables are the first of more", () => {
    const more = seasonalSeries({ seed: 5, length: 10, variables: 2 });
    const fewer = seasonalSeries({ seed: 5, length: 10, variables: 1 });
    expect([...fewer.values.data]).toEqual([...more.values.data.filter((_, i) => i % 2 === 0)]);
    expect(seasonalSeries({ seed: 6, length: 10 }).values.data).not.toEqual(more.values.data);
  });
});
