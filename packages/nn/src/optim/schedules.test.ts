import { cast, DomainError, jit, type Tensor, tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import * as schedules from "./schedules.ts";

const at = async (schedule: schedules.Schedule, steps: readonly number[]): Promise<number[]> => {
  const run = jit((t: Tensor) => schedule(cast(t.reshape([]), "float32")));
  const out: number[] = [];
  for (const t of steps) out.push(await (await run(tensor([t], { dtype: "int32" }))).item());
  return out;
};
const near = (found: readonly number[], wanted: readonly number[]): void =>
  wanted.forEach((value, i) => {
    expect(found[i]).toBeCloseTo(value, 5);
  });

test("cosine warms up to its peak, is half way in the middle and stays at the floor", async () => {
  const schedule = schedules.cosine({ peak: 1, steps: 110, warmup: 10, floor: 0.2 });
  near(await at(schedule, [0, 4, 9, 10, 60, 110, 500]), [0.1, 0.5, 1, 1, 0.6, 0.2, 0.2]);
});

test("linear falls in a straight line", async () => {
  near(await at(schedules.linear({ peak: 2, steps: 4 }), [0, 1, 3, 4, 9]), [2, 1.5, 0.5, 0, 0]);
});

test("steps fall exactly at multiples, as far as a million", async () => {
  const schedule = schedules.stepDecay({ initial: 0.8, every: 375, factor: 0.5 });
  near(await at(schedule, [0, 374, 375, 749, 750, 1499]), [0.8, 0.8, 0.4, 0.4, 0.2, 0.1]);
  const slow = schedules.stepDecay({ initial: 1, every: 100_000, factor: 0.5 });
  near(await at(slow, [99_999, 100_000, 999_999, 1_000_000]), [1, 0.5, 2 ** -9, 2 ** -10]);
});

test("exponential, inverse square root and constant are their formulas", async () => {
  near(await at(schedules.exponential({ initial: 3, rate: 0.9 }), [0, 1, 10]), [3, 2.7, 3 * 0.9 ** 10]);
  near(await at(schedules.inverseSquareRoot({ peak: 1, warmup: 100 }), [0, 49, 99, 399]), [0.01, 0.5, 1, 0.5]);
  near(await at(schedules.constant(0.3), [0, 1e6]), [0.3, 0.3]);
});

test("one cycle rises and falls in half cosines, with the rates that PyTorch gives", async () => {
  const schedule = schedules.oneCycle({ peak: 1, steps: 20 });
  const rates = [0.04, 0.13167184, 0.66832816, 1, 0.98746401, 0.500002, 0.01253999, 4e-6, 4e-6];
  near(await at(schedule, [0, 1, 3, 5, 6, 12, 18, 19, 100]), rates);
});

test("a cycle without a way up or down is refused", () => {
  expect(() => schedules.oneCycle({ peak: 1, steps: 3 })).toThrow(/rise of 0.3 of 3 steps/);
  expect(() => schedules.oneCycle({ peak: 1, steps: 10, rise: 1 })).toThrow(DomainError);
  expect(() => schedules.oneCycle({ peak: 1, steps: 10, initialDivisor: 0.5 })).toThrow("initialDivisor");
});

test("warm-up that leaves nothing to decay is refused", () => {
  expect(() => schedules.cosine({ peak: 1, steps: 10, warmup: 10 })).toThrow(DomainError);
  expect(() => schedules.constant(Number.NaN)).toThrow("got NaN");
});
