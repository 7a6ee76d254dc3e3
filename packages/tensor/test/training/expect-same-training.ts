import { expect } from "vitest";
import type { Trained } from "./train.ts";

const furthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i])), 0);

/** Two trainings of one problem agree within 1e-4, in every loss and every weight. */
export function expectSameTraining(name: string, got: Trained, expected: Trained): void {
  expect(got.losses).toHaveLength(expected.losses.length);
  expect(got.parameters).toHaveLength(expected.parameters.length);
  const gaps = {
    losses: furthest(got.losses, expected.losses),
    parameters: furthest(got.parameters, expected.parameters),
  };
  expect(gaps.losses, `losses of ${name}`).toBeLessThan(1e-4);
  expect(gaps.parameters, `parameters of ${name}`).toBeLessThan(1e-4);
}
