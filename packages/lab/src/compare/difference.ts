import { confidence, estimate } from "@paperworks/experiment";
import { studentQuantile } from "@paperworks/experiment/student";

/** How far a second group of values lies from a first one. */
export interface Difference {
  /** Mean of the second less mean of the first. */
  readonly value: number;
  /** Its 90 % interval; null where a group has a single value, or one that is no finite number. */
  readonly interval: readonly [low: number, high: number] | null;
}

/**
 * The difference of two means by Welch's t, which lets the groups differ in size and spread:
 *
 *   d = ȳ − x̄      e² = s_x²/n + s_y²/m      ν = e⁴ / ((s_x²/n)²/(n−1) + (s_y²/m)²/(m−1))      d ± t_ν e
 *
 * ν is rounded down to a whole number, which makes the interval a little wider, never narrower.
 * @returns undefined when a group is empty
 * Source: B. L. Welch, "The generalization of 'Student's' problem …", Biometrika 34, 1947.
 */
export function differenceOf(first: readonly number[], second: readonly number[]): Difference | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  const value = estimate(second).value - estimate(first).value;
  if (first.length === 1 || second.length === 1 || !Number.isFinite(value)) return { value, interval: null };
  const [x, y] = [squaredError(first), squaredError(second)];
  if (x + y === 0) return { value, interval: [value, value] };
  // By shares, for the fourth powers of small errors are no longer told from 0.
  const share = x / (x + y);
  const freedom = 1 / (share ** 2 / (first.length - 1) + (1 - share) ** 2 / (second.length - 1));
  const half = studentQuantile(confidence, Math.max(1, Math.floor(freedom + 1e-9))) * Math.sqrt(x + y);
  return { value, interval: [value - half, value + half] };
}

/** s²/n */
function squaredError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return squares / (values.length - 1) / values.length;
}
