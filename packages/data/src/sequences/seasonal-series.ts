import { checkInteger, checkNumber } from "../domain.ts";
import type { SeriesDataset } from "../loaders/series.ts";
import { Random } from "../random.ts";

/**
 * Generated measurements in the form of ETTh1: each variable is the sum of two seasonal components with amplitudes and
 * phases of its own, a random walk and noise:
 *
 *   x_t = level + Σ_k a_k sin(2π t / period_k + φ_k) + walk_t + noise ε_t      walk_t = walk_{t-1} + drift η_t
 *
 * with a_k uniform on [0.5, 1.5], φ_k on [0, 2π), level normal with deviation 3, ε and η standard normal.
 */
export function seasonalSeries({
  seed,
  length = 14_400,
  variables = 7,
  periods = [24, 168],
  drift = 0.02,
  noise = 0.3,
}: {
  seed: number;
  /** Rows, one an hour; the default is the part of ETTh1 that forecasting papers use. */
  length?: number;
  variables?: number;
  /** In rows: a day and a week. */
  periods?: readonly number[];
  drift?: number;
  noise?: number;
}): SeriesDataset {
  checkInteger("length", length, 1, 10_000_000);
  checkInteger("variables", variables, 1);
  for (const period of periods) checkNumber("period", period, 2);
  checkNumber("drift", drift, 0);
  checkNumber("noise", noise, 0);
  const data = new Float64Array(length * variables);
  for (let j = 0; j < variables; j++) {
    const random = new Random(seed).fork(`variable ${j}`);
    const level = random.normal(0, 3);
    const waves = periods.map((period) => ({
      amplitude: random.uniform(0.5, 1.5),
      phase: random.uniform(0, 2 * Math.PI),
      step: (2 * Math.PI) / period,
    }));
    let walk = 0;
    for (let t = 0; t < length; t++) {
      walk += random.normal(0, drift);
      let value = level + walk + random.normal(0, noise);
      for (const { amplitude, phase, step } of waves) value += amplitude * Math.sin(step * t + phase);
      data[t * variables + j] = value;
    }
  }
  const start = Date.UTC(2016, 6, 1);
  return {
    name: "seasonalSeries",
    variables: Array.from({ length: variables }, (_, j) => `x${j + 1}`),
    values: { data, shape: [length, variables] },
    dates: Array.from({ length }, (_, t) =>
      new Date(start + t * 3_600_000).toISOString().slice(0, 19).replace("T", " "),
    ),
    labels: {},
  };
}
