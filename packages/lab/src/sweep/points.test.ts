import { SettingError, setting } from "@paperworks/experiment";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { type Axis, readAxes } from "./axes.ts";
import { SweepError } from "./errors.ts";
import { gridPoints, randomPoints } from "./points.ts";
import { planSweep } from "./sweep.ts";

const settings = {
  lr: setting(0.01, { min: 1e-5, max: 1, log: true }),
  width: setting(32, { min: 1, max: 512, integer: true }),
  init: setting("zero", { choices: ["zero", "he"] }),
  noise: setting(true),
};

describe("axes", () => {
  test("are values in the setting's own type, or ranges on its own scale", () => {
    const axes = readAxes(settings, { lr: "0.001..0.1", width: "32, 64", init: "he,zero", noise: "true" });
    expect(axes).toEqual([
      { name: "lr", low: 0.001, high: 0.1, log: true, integer: false },
      { name: "width", values: [32, 64] },
      { name: "init", values: ["he", "zero"] },
      { name: "noise", values: [true] },
    ]);
  });

  test.each([
    ["an unknown setting", { rate: "1,2" }, SettingError, /no setting is called "rate"/],
    ["a value out of its range, even the last", { lr: "0.1,0.2,7" }, SettingError, /7 is outside/],
    ["an end out of its range", { width: "0..64" }, SettingError, /0 is outside 1 … 512/],
    ["half a whole number", { width: "1..6.5" }, SettingError, /6.5 is not a whole number/],
    ["a value given twice, in other digits", { lr: "0.1,1e-1" }, SweepError, /0.1 is given twice/],
    ["a range that goes down", { lr: "0.1..0.01" }, SweepError, /0.1..0.01 does not/],
    ["a range without an end", { lr: "0.1.." }, SettingError, /"" is not a number/],
    ["a range of three", { lr: "0.1..0.2..0.3" }, SweepError, /is no range/],
    ["an empty value", { width: "32,," }, SettingError, /"" is not a number/],
    ["a range of words", { init: "zero..he" }, SettingError, /is none of/],
  ])("are refused with %s", (_, set, type, message) => {
    expect(() => readAxes(settings, set as unknown as Record<string, string>)).toThrow(type);
    expect(() => readAxes(settings, set as unknown as Record<string, string>)).toThrow(message);
  });
});

describe("points", () => {
  test("of a grid are all combinations, the last axis going fastest", () => {
    expect(gridPoints(readAxes(settings, { lr: "0.01,0.03", width: "32,64" }))).toEqual([
      { lr: 0.01, width: 32 },
      { lr: 0.01, width: 64 },
      { lr: 0.03, width: 32 },
      { lr: 0.03, width: 64 },
    ]);
  });

  test("of a grid need values, and not too many", () => {
    expect(() => gridPoints(readAxes(settings, { lr: "0.001..0.1" }))).toThrow(/lr is a range/);
    const values = Array.from({ length: 200 }, (_, value) => value);
    const axes = ["a", "b"].map((name) => ({ name, values }));
    expect(() => gridPoints(axes)).toThrow(/up to 10000 points, not 40000/);
  });

  test("drawn at random stay in their ranges, and more of them begin with the fewer", () => {
    const axes = fc.record({
      low: fc.double({ min: 1e-6, max: 1, noNaN: true }),
      factor: fc.double({ min: 1.001, max: 1e6, noNaN: true }),
      log: fc.boolean(),
    });
    fc.assert(
      fc.property(axes, fc.integer({ min: 0, max: 1e6 }), ({ low, factor, log }, seed) => {
        const axis: Axis = { name: "lr", low, high: low * factor, log, integer: false };
        const whole: Axis = { name: "width", low: 1, high: 5, log, integer: true };
        const points = randomPoints([axis, whole], { count: 20, seed });
        for (const { lr, width } of points as { lr: number; width: number }[]) {
          expect(lr).toBeGreaterThanOrEqual(axis.low);
          expect(lr).toBeLessThanOrEqual(axis.high);
          expect([1, 2, 3, 4, 5]).toContain(width);
        }
        expect(randomPoints([axis, whole], { count: 7, seed })).toEqual(points.slice(0, 7));
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test("of a logarithmic range fall into each decade alike, of whole numbers on each alike", () => {
    const count = 4000;
    const drawn = (axis: Axis) => randomPoints([axis], { count, seed: 1 }).map((point) => Number(point[axis.name]));
    const log = drawn({ name: "lr", low: 1e-4, high: 1, log: true, integer: false });
    for (const decade of [-4, -3, -2, -1]) {
      const share = log.filter((value) => Math.floor(Math.log10(value)) === decade).length / count;
      expect(share).toBeCloseTo(0.25, 1);
    }
    const whole = drawn({ name: "width", low: 1, high: 4, log: false, integer: true });
    for (const value of [1, 2, 3, 4]) {
      expect(whole.filter((one) => one === value).length / count).toBeCloseTo(0.25, 1);
    }
  });
});

test("a sweep's name follows from what it is, not from how many random points it has so far", () => {
  const plan = (change: Partial<Parameters<typeof planSweep>[1]> = {}) =>
    planSweep(fixturePaper, { set: { rate: "0.1..0.2" }, mode: "full", random: { count: 3, seed: 0 }, ...change });
  expect(plan({ random: { count: 9, seed: 0 } }).id).toBe(plan().id);
  const others = [
    plan({ random: { count: 3, seed: 1 } }),
    plan({ set: { rate: "0.1..0.3" } }),
    plan({ mode: "quick" }),
    plan({ seed: 1 }),
    plan({ seeds: 2 }),
  ];
  expect(new Set([plan(), ...others].map(({ id }) => id)).size).toBe(6);
  expect(() => plan({ set: {} })).toThrow(/needs a setting to go through; fixture has rate, gain/);
});
