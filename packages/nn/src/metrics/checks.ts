import { DomainError, ShapeError } from "@paperworks/tensor";

export function requireEqualLengths(metric: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>): void {
  if (a.length !== b.length) throw new ShapeError(`${metric}: ${a.length} values against ${b.length}`);
  if (a.length === 0) throw new DomainError(`${metric} of no values does not exist`);
}

export const hasNaN = (values: ArrayLike<number>): boolean => Array.prototype.some.call(values, Number.isNaN);
