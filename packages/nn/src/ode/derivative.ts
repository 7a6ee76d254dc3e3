import { DomainError } from "@paperworks/tensor";
import { IntegrationError } from "./errors.ts";

/**
 * The right-hand side of u̇ = f(t, u), on the host in float64.
 *
 * @param t time
 * @param u [n]; not to be changed
 * @returns u̇, [n]
 */
export type Derivative = (t: number, u: Float64Array) => ArrayLike<number>;

/** A span of time: from its first number to its second, which may lie before. */
export type TimeSpan = readonly [from: number, to: number];

/** u + Σ_j h·c_j k_j */
export function advance(
  u: Float64Array,
  h: number,
  coefficients: readonly number[],
  slopes: readonly Float64Array[],
): Float64Array {
  const next = u.slice();
  for (const [j, c] of coefficients.entries()) {
    if (c === 0) continue;
    const slope = slopes[j];
    for (let i = 0; i < next.length; i++) next[i] += h * c * slope[i];
  }
  return next;
}

/** f(t, u) as an array of its own. @throws IntegrationError for a wrong number of values or one that is not finite */
export function slopeAt(f: Derivative, t: number, u: Float64Array): Float64Array {
  const slope = Float64Array.from(f(t, u));
  if (slope.length !== u.length)
    throw new IntegrationError(`at t = ${t} the right-hand side gave ${slope.length} values for ${u.length}`, t);
  const bad = slope.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new IntegrationError(`at t = ${t} the right-hand side is ${slope[bad]} in component ${bad}`, t);
  return slope;
}

/** Checks where an integration begins and ends. */
export function requireProblem(name: string, u0: ArrayLike<number>, [from, to]: TimeSpan): Float64Array {
  if (!Number.isFinite(from) || !Number.isFinite(to) || from === to)
    throw new DomainError(`${name}: a span of time has two different ends, got [${from}, ${to}]`);
  const start = Float64Array.from(u0);
  const bad = start.findIndex((value) => !Number.isFinite(value));
  if (start.length === 0 || bad >= 0)
    throw new DomainError(`${name}: a state has finite values, got ${start.length === 0 ? "none" : start[bad]}`);
  return start;
}
