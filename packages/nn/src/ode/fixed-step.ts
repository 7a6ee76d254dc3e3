import { requireWhole } from "@paperworks/tensor";
import { advance, type Derivative, requireProblem, slopeAt, type TimeSpan } from "./derivative.ts";

/** A solution at some times. */
export interface Trajectory {
  /** Ascending, or descending where time runs back; the first is where it began. */
  t: number[];
  /** The state at each of them, [n]. */
  u: Float64Array[];
}

type Step = (f: Derivative, t: number, u: Float64Array, h: number) => Float64Array;

/** u + h f(t, u) */
export const eulerStep: Step = (f, t, u, h) => advance(u, h, [1], [slopeAt(f, t, u)]);

/** One step of the classical method of Runge and Kutta, of order 4. */
export const rungeKutta4Step: Step = (f, t, u, h) => {
  const k1 = slopeAt(f, t, u);
  const k2 = slopeAt(f, t + h / 2, advance(u, h, [0.5], [k1]));
  const k3 = slopeAt(f, t + h / 2, advance(u, h, [0.5], [k2]));
  const k4 = slopeAt(f, t + h, advance(u, h, [1], [k3]));
  return advance(u, h, [1 / 6, 1 / 3, 1 / 3, 1 / 6], [k1, k2, k3, k4]);
};

/**
 * Euler's method with equal steps.
 *
 * @param u0   where it begins, [n]
 * @param span from and to
 * @returns all steps + 1 states
 * @throws DomainError for a span or state that cannot be; IntegrationError where f is not finite
 */
export const euler = (f: Derivative, u0: ArrayLike<number>, span: TimeSpan, options: { steps: number }): Trajectory =>
  integrate("euler", eulerStep, f, u0, span, options);

/** The same by the classical Runge-Kutta method of order 4: halving the step makes the error 16 times smaller. */
export const rungeKutta4 = (
  f: Derivative,
  u0: ArrayLike<number>,
  span: TimeSpan,
  options: { steps: number },
): Trajectory => integrate("rungeKutta4", rungeKutta4Step, f, u0, span, options);

function integrate(
  name: string,
  step: Step,
  f: Derivative,
  u0: ArrayLike<number>,
  span: TimeSpan,
  { steps }: { steps: number },
): Trajectory {
  requireWhole(`${name}: steps`, steps, 1);
  let state = requireProblem(name, u0, span);
  const [from, to] = span;
  const h = (to - from) / steps;
  const [t, u] = [[from], [state]];
  for (let i = 0; i < steps; i++) {
    state = step(f, t[i], state, h);
    t.push(i + 1 === steps ? to : from + (i + 1) * h);
    u.push(state);
  }
  return { t, u };
}
