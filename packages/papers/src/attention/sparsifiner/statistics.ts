export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
export const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]);
