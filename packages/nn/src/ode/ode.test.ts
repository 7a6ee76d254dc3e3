import { DomainError } from "@paperworks/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Derivative } from "./derivative.ts";
import { dormandPrince, dormandPrinceStep } from "./dormand-prince.ts";
import { IntegrationError } from "./errors.ts";
import { euler, rungeKutta4 } from "./fixed-step.ts";

const decay: Derivative = (_, u) => u.map((value) => -value);
/** The harmonic oscillator: u = (cos t, −sin t) from (1, 0). */
const oscillator: Derivative = (_, [x, v]) => [v, -x];
const last = <T>(values: readonly T[]): T => values[values.length - 1];

test("the adaptive method's error on u̇ = −u stays below ten tolerances", () => {
  for (const rtol of [1e-3, 1e-6, 1e-9]) {
    const { t, u, h } = dormandPrince(decay, [1], [0, 1], { rtol, atol: rtol * 1e-3 });
    expect(last(t)).toBe(1);
    expect(Math.abs(last(u)[0] - Math.exp(-1))).toBeLessThan(10 * rtol);
    expect(h.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  }
});

test.each([
  ["euler", 2, (steps: number) => euler(oscillator, [1, 0], [0, 2], { steps })],
  ["rungeKutta4", 16, (steps: number) => rungeKutta4(oscillator, [1, 0], [0, 2], { steps })],
  [
    "dormandPrince of equal steps",
    32,
    (steps: number) => {
      let [u, slope] = [Float64Array.of(1, 0), Float64Array.of(0, -1)];
      for (let i = 0; i < steps; i++) {
        const step = dormandPrinceStep(oscillator, 0, u, 2 / steps, slope);
        [u, slope] = [step.next as Float64Array<ArrayBuffer>, step.slope as Float64Array<ArrayBuffer>];
      }
      return { u: [u] };
    },
  ],
])("%s: half the step, an error %i times smaller", (_, factor, solve) => {
  const errorOf = (steps: number): number => {
    const [x, v] = last(solve(steps).u);
    return Math.hypot(x - Math.cos(2), v + Math.sin(2));
  };
  const steps = factor === 2 ? 400 : 20;
  expect(errorOf(steps) / errorOf(2 * steps) / factor).toBeGreaterThan(0.9);
  expect(errorOf(steps) / errorOf(2 * steps) / factor).toBeLessThan(1.1);
});

test("back in time it returns to where it began", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.double({ min: 0.5, max: 3, noNaN: true }),
      (x, span) => {
        const there = last(dormandPrince(oscillator, [x, 1], [0, span], { rtol: 1e-9, atol: 1e-12 }).u);
        const back = last(dormandPrince(oscillator, there, [span, 0], { rtol: 1e-9, atol: 1e-12 }).u);
        expect(Math.hypot(back[0] - x, back[1] - 1)).toBeLessThan(1e-6);
      },
    ),
    { numRuns: 30 },
  );
});

test("times and slopes belong to the states", () => {
  const { t, u, h, slopes } = dormandPrince((time) => [2 * time], [0], [1, 3]);
  for (const [i, time] of t.entries()) {
    expect(u[i][0]).toBeCloseTo(time * time - 1, 6);
    expect(slopes[i][0]).toBeCloseTo(2 * time, 12);
    if (i + 1 < t.length) expect(t[i + 1] - time).toBeCloseTo(h[i], 12);
  }
});

test("a singularity and values that are not finite end it, with the time", () => {
  const explosion = () => dormandPrince((_, [u]) => [u * u], [1], [0, 2]);
  expect(explosion).toThrow(IntegrationError);
  let reached = Number.NaN;
  try {
    explosion();
  } catch (error) {
    reached = (error as IntegrationError).t;
  }
  expect(reached).toBeCloseTo(1, 3);
  expect(() => rungeKutta4((t) => [t < 0.5 ? 1 : Number.NaN], [0], [0, 1], { steps: 10 })).toThrow(
    /at t = 0\.5.* NaN in component 0/,
  );
  expect(() => euler(() => [1, 2], [0], [0, 1], { steps: 1 })).toThrow(/2 values for 1/);
});

test("what is no problem to solve is refused", () => {
  expect(() => dormandPrince(decay, [1], [0, 1], { rtol: 0 })).toThrow(/rtol must be a positive number, got 0/);
  expect(() => dormandPrince(decay, [1], [0, 1], { atol: -1 })).toThrow(DomainError);
  expect(() => dormandPrince(decay, [1], [1, 1])).toThrow(/two different ends/);
  expect(() => euler(decay, [], [0, 1], { steps: 1 })).toThrow(/finite values, got none/);
  expect(() => rungeKutta4(decay, [1], [0, 1], { steps: 0 })).toThrow(/steps must be a whole number of at least 1/);
});
