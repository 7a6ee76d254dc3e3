import { DomainError } from "./errors.ts";

/** Refuses `value` unless it is a whole number from `least` to `most`. */
export function checkInteger(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new DomainError(name, value, `a whole number ${range}`);
}

/** Refuses `value` unless it is a finite number from `least` to `most`. */
export function checkNumber(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): void {
  if (Number.isFinite(value) && value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new DomainError(name, value, `a number ${range}`);
}
