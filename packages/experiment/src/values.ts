/** Arithmetic on the values of a measurement, one a seed. */

/** NaN of no values. */
export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The middle value, or the mean of the middle two; NaN of no values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** a − b, seed by seed. */
export const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]);

/** a ÷ b, seed by seed. */
export const over = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value / b[i]);
