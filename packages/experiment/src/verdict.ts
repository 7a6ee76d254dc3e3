import { type Bar, barInterval } from "./bars.ts";
import { studentQuantile } from "./student.ts";

export type Verdict = "reproduced" | "missed" | "inconclusive" | "not judged";

/** The share of Student's t that the interval holds. */
export const confidence = 0.9;

/** What a few measured values amount to. */
export interface Estimate {
  /** Mean over the seeds. */
  readonly value: number;
  /** Half the width of the 90 % interval; null for a single value. */
  readonly spread: number | null;
  readonly interval: readonly [low: number, high: number];
}

export interface Judgement extends Estimate {
  readonly verdict: Exclude<Verdict, "not judged">;
  readonly reason?: string;
}

/**
 * Mean and 90 % interval x̄ ± t·s/√n of Student's t with n − 1 degrees of freedom. A single value is its own interval,
 * and so are equal values. Where a value is infinite there is no mean to speak of, and the interval is the whole range.
 * @param values one a seed, at least one
 */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  if (count === 0) throw new RangeError("an estimate needs at least one value");
  const [first] = values;
  if (values.some(Number.isNaN)) {
    return { value: Number.NaN, spread: count === 1 ? null : Number.NaN, interval: [Number.NaN, Number.NaN] };
  }
  if (count === 1) return { value: first, spread: null, interval: [first, first] };
  if (values.every((value) => value === first)) return { value: first, spread: 0, interval: [first, first] };
  const mean = values.reduce((sum, value) => sum + value / count, 0);
  if (values.some((value) => !Number.isFinite(value))) {
    return { value: mean, spread: Number.POSITIVE_INFINITY, interval: [Math.min(...values), Math.max(...values)] };
  }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  const spread = studentQuantile(confidence, count - 1) * Math.sqrt(variance / count);
  return { value: mean, spread, interval: [mean - spread, mean + spread] };
}

/**
 * The verdict rule: reproduced when the whole interval clears the bar, missed when none of it does, else inconclusive.
 * A value that is not a number is a failed measurement, and a failed measurement is a missed claim.
 */
export function judge(values: readonly number[], bar: Bar): Judgement {
  const estimated = estimate(values);
  const failed = values.findIndex(Number.isNaN);
  if (failed >= 0) {
    const which = values.length === 1 ? "the value" : `value ${failed + 1} of ${values.length}`;
    return { ...estimated, verdict: "missed", reason: `${which} is not a number: the measurement failed` };
  }
  const [low, high] = estimated.interval;
  const [barLow, barHigh] = barInterval(bar);
  if (low >= barLow && high <= barHigh) return { ...estimated, verdict: "reproduced" };
  if (high < barLow || low > barHigh) return { ...estimated, verdict: "missed" };
  return { ...estimated, verdict: "inconclusive", reason: "the spread over the seeds covers the bar" };
}
