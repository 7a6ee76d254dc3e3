import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LoggedEvent } from "../event-log.ts";
import { drawCurves } from "./curve-panels.ts";
import { type Curve, curveFigure, curvesOf, spreadOf } from "./curves.ts";
import { palette } from "./palette.ts";

const report = (task: string, seed: number, step: number, measures: object): LoggedEvent => ({
  ...{ time: "2026-11-24T00:00:00Z", type: "progress", task, seed },
  report: { step, steps: 100, ...measures },
});
const line = (seed: number, slope: number, steps: readonly number[]) => ({
  seed,
  points: steps.map((step) => ({ step, value: slope * step })),
});

describe("curves", () => {
  test("are the reports by task, measure and seed; a step that is reported again counts once, as it was last", () => {
    const curves = curvesOf([
      report("a", 0, 1, { loss: 3 }),
      report("a", 0, 2, { loss: 9 }),
      report("a", 1, 1, { loss: 5, accuracy: Number.NaN }),
      { time: "", type: "task-finished", task: "a" },
      report("a", 0, 2, { loss: 2 }),
      report("b", 0, 1, { accuracy: 0.5 }),
    ]);
    expect(curves).toEqual([
      {
        task: "a",
        measure: "loss",
        seeds: [
          {
            seed: 0,
            points: [
              { step: 1, value: 3 },
              { step: 2, value: 2 },
            ],
          },
          { seed: 1, points: [{ step: 1, value: 5 }] },
        ],
      },
      { task: "b", measure: "accuracy", seeds: [{ seed: 0, points: [{ step: 1, value: 0.5 }] }] },
    ]);
  });

  test("of straight lines have the mean line between the last start and the first end, though steps differ", () => {
    const steps = fc.uniqueArray(fc.integer({ min: 20, max: 80 }), { maxLength: 20 });
    fc.assert(
      fc.property(steps, steps, fc.double({ min: -3, max: 3, noNaN: true }), (first, second, slope) => {
        const ends = (inner: number[], from: number, to: number) => [from, ...inner.sort((a, b) => a - b), to];
        const seeds = [line(0, slope, ends(first, 1, 90)), line(1, slope + 1, ends(second, 10, 100))];
        const spread = spreadOf({ seeds });
        expect([spread[0].step, spread.at(-1)?.step]).toEqual([10, 90]);
        for (const { step, mean, low, high } of spread) {
          expect(mean).toBeCloseTo((slope + 0.5) * step, 8);
          // Student's t of one degree of freedom at 90 % is 6.3138; the standard error of 0 and step is step / 2.
          expect((high - low) / 2).toBeCloseTo((6.313752 * step) / 2, 3);
        }
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  test("of one seed have no interval, and of seeds that share no step nothing to average", () => {
    const alone = spreadOf({ seeds: [line(0, 1, [1, 5])] });
    expect(alone.every(({ mean, low, high }) => mean === low && mean === high)).toBe(true);
    expect(spreadOf({ seeds: [line(0, 1, [1, 2]), line(1, 1, [3, 4])] })).toEqual([]);
    expect(spreadOf({ seeds: [] })).toEqual([]);
  });

  test("are drawn from few points however many there are", () => {
    const steps = Array.from({ length: 5000 }, (_, step) => step);
    const curve: Curve = { task: "a", measure: "loss", seeds: [line(0, 1, steps)] };
    const { layer } = curveFigure([{ name: "run", curve }]) as unknown as { layer: { data: { values: object[] } }[] };
    for (const { data } of layer) expect(data.values.length).toBeLessThanOrEqual(120);
  });

  test("of two runs share a picture by task and measure; a single report is no curve", async () => {
    const curve = (task: string, steps: number[]): Curve => ({ task, measure: "loss", seeds: [line(0, 1, steps)] });
    const { panels, names, omitted } = await drawCurves([
      { name: "first", curves: [curve("a", [1, 2]), curve("once", [1])] },
      { name: "second", curves: [curve("a", [1, 2]), curve("b", [1, 2])] },
    ]);
    expect(panels.map(({ task }) => task)).toEqual(["a", "b"]);
    expect(names).toEqual(["first", "second"]);
    const drawn = panels.map(({ svg }) => palette.slice(0, 2).map((color) => svg.includes(color)));
    expect(drawn).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(omitted).toBe(0);
  });
});

test("every colour of figures stands out from the light and the dark page by 3 : 1 or more", () => {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const color of palette) {
    for (const page of ["#ffffff", "#14191d"]) {
      const [low, high] = [luminance(color), luminance(page)].sort((a, b) => a - b);
      expect((high + 0.05) / (low + 0.05), `${color} on ${page}`).toBeGreaterThan(3);
    }
  }
});
