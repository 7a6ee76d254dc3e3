import { DomainError } from "@paperworks/tensor";
import { advance, type Derivative, requireProblem, slopeAt, type TimeSpan } from "./derivative.ts";
import { IntegrationError } from "./errors.ts";
import type { Trajectory } from "./fixed-step.ts";

/** When each of the seven slopes is taken, in steps. */
const nodes = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1];
/** What each slope is taken from; the last row is the solution of order 5, so that its slope serves the next step too. */
const rows: readonly (readonly number[])[] = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
/** The solution of order 5 minus that of order 4. */
const errorWeights = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

export interface AdaptiveOptions {
  /** Relative tolerance of a component. */
  rtol?: number;
  /** Absolute tolerance of a component. */
  atol?: number;
  /** The first step; chosen by the slopes when absent. */
  firstStep?: number;
}

/** A solution with the steps that an adaptive method chose. */
export interface AdaptiveTrajectory extends Trajectory {
  /** The length of the step behind each state but the last: h_i = t_{i+1} − t_i. */
  h: number[];
  /** u̇ at each state, [n]. */
  slopes: Float64Array[];
  /** How many steps were tried and not taken. */
  rejected: number;
}

/** One step of length h of order 5, with its error as the difference to order 4. @param slope f(t, u) */
export function dormandPrinceStep(
  f: Derivative,
  t: number,
  u: Float64Array,
  h: number,
  slope: Float64Array,
): { next: Float64Array; slope: Float64Array; error: Float64Array } {
  const slopes = [slope];
  let next = u;
  for (let stage = 1; stage < nodes.length; stage++) {
    next = advance(u, h, rows[stage], slopes);
    slopes.push(slopeAt(f, t + nodes[stage] * h, next));
  }
  return { next, slope: slopes[6], error: advance(new Float64Array(u.length), h, errorWeights, slopes) };
}

/**
 * The method of Dormand and Prince, of order 5 with an error of order 4, and its standard controller: with
 *
 *   e = RMS_i(error_i / (atol + rtol·max(|u_i|, |u′_i|)))
 *
 * a step is taken if e ≤ 1, and the next one is min(10, max(0.2, 0.9 e^{−1/5})) times as long; right after a rejection it does not
 * grow.
 *
 * @param u0   where it begins, [n]
 * @param span from and to
 * @throws DomainError for tolerances that are not positive; IntegrationError where f is not finite, or no step above 10⁻¹² of the
 *   span is accurate enough
 * Source: Dormand and Prince, "A family of embedded Runge-Kutta formulae" (1980).
 */
export function dormandPrince(
  f: Derivative,
  u0: ArrayLike<number>,
  span: TimeSpan,
  { rtol = 1e-6, atol = 1e-9, firstStep }: AdaptiveOptions = {},
): AdaptiveTrajectory {
  const start = requireProblem("dormandPrince", u0, span);
  for (const [name, value] of Object.entries({ rtol, atol, firstStep }))
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw new DomainError(`dormandPrince: ${name} must be a positive number, got ${value}`);
  const [from, to] = span;
  const direction = Math.sign(to - from);
  const least = 1e-12 * Math.abs(to - from);
  const first = slopeAt(f, from, start);
  const solution: AdaptiveTrajectory = { t: [from], u: [start], h: [], slopes: [first], rejected: 0 };
  let size = firstStep ?? startingStep(f, from, start, first, { rtol, atol, direction });
  let rejectedBefore = false;
  for (let [t, u, slope] = [from, start, first]; t !== to; ) {
    const isLast = size >= Math.abs(to - t) * (1 - 1e-12);
    const h = isLast ? to - t : direction * size;
    if (Math.abs(h) < least && !isLast)
      throw new IntegrationError(
        `at t = ${t} a step of ${Math.abs(h)} is still too long: the problem is stiff or singular there`,
        t,
      );
    const step = dormandPrinceStep(f, t, u, h, slope);
    const e = errorNorm(step.error, u, step.next, rtol, atol);
    const factor = e === 0 ? 10 : Math.min(10, Math.max(0.2, 0.9 * e ** -0.2));
    if (e <= 1) {
      t = isLast ? to : t + h;
      [u, slope] = [step.next, step.slope];
      solution.t.push(t);
      solution.u.push(u);
      solution.h.push(Math.abs(h));
      solution.slopes.push(slope);
      size = Math.abs(h) * (rejectedBefore ? Math.min(1, factor) : factor);
      rejectedBefore = false;
    } else {
      solution.rejected++;
      size = Math.abs(h) * factor;
      rejectedBefore = true;
    }
  }
  return solution;
}

function errorNorm(error: Float64Array, u: Float64Array, next: Float64Array, rtol: number, atol: number): number {
  let sum = 0;
  for (let i = 0; i < u.length; i++)
    sum += (error[i] / (atol + rtol * Math.max(Math.abs(u[i]), Math.abs(next[i])))) ** 2;
  return Math.sqrt(sum / u.length);
}

/** A first step by the sizes of u, u̇ and ü (Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I", II.4). */
function startingStep(
  f: Derivative,
  t: number,
  u: Float64Array,
  slope: Float64Array,
  { rtol, atol, direction }: { rtol: number; atol: number; direction: number },
): number {
  const norm = (x: Float64Array): number => errorNorm(x, u, u, rtol, atol);
  const [d0, d1] = [norm(u), norm(slope)];
  const h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * (d0 / d1);
  const ahead = slopeAt(f, t + direction * h0, advance(u, direction * h0, [1], [slope]));
  const d2 = norm(ahead.map((value, i) => value - slope[i])) / h0;
  const h1 = Math.max(d1, d2) <= 1e-15 ? Math.max(1e-6, h0 * 1e-3) : (0.01 / Math.max(d1, d2)) ** 0.2;
  return Math.min(100 * h0, h1);
}
