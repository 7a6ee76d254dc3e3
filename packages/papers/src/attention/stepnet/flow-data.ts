import { Random } from "@paperworks/data";
import { type Derivative, rungeKutta4Step } from "@paperworks/nn";
import { fitzHughNagumo } from "./right-hand-sides.ts";

/** Paths of the excitable system at equal times. */
export interface FlowData {
  count: number;
  /** [count, 2] */
  starts: Float32Array;
  /** The states behind each macro-step, [count, steps, 2]. */
  states: Float32Array;
}

/** Macro-steps of a path, and the time that they take in all, in units of the slow variable. */
export const [macroSteps, duration] = [24, 3];

/**
 * Paths of FitzHugh and Nagumo's system at the scale of its slow variable, from starts that are uniform in [−2, 2] × [−1.2, 1.2], by
 * Runge and Kutta's method.
 *
 * @param substeps of each macro-step
 */
export function excitableFlow({ count, seed, substeps }: { count: number; seed: number; substeps: number }): FlowData {
  const random = new Random(seed);
  const starts = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) starts.set([random.uniform(-2, 2), random.uniform(-1.2, 1.2)], 2 * i);
  const states = new Float32Array(count * macroSteps * 2);
  const h = duration / macroSteps / substeps;
  // All paths as one system: v of all, then w of all.
  let u = Float64Array.from({ length: 2 * count }, (_, i) => starts[2 * (i % count) + Math.floor(i / count)]);
  const f = together(fitzHughNagumo({ fast: true }), count);
  for (let step = 0; step < macroSteps; step++) {
    for (let sub = 0; sub < substeps; sub++) u = Float64Array.from(rungeKutta4Step(f, 0, u, h));
    for (let i = 0; i < count; i++) states.set([u[i], u[count + i]], 2 * (i * macroSteps + step));
  }
  return { count, starts, states };
}

/** The same right-hand side for many states of the plane. */
function together(f: Derivative, count: number): Derivative {
  const state = new Float64Array(2);
  return (t, u) => {
    const slopes = new Float64Array(2 * count);
    for (let i = 0; i < count; i++) {
      state[0] = u[i];
      state[1] = u[count + i];
      const slope = f(t, state);
      slopes[i] = slope[0];
      slopes[count + i] = slope[1];
    }
    return slopes;
  };
}

/** The states of a path with its start in front, [steps + 1][2]. */
export function statesOf({ starts, states }: FlowData, path: number): number[][] {
  const at = (values: Float32Array, i: number): number[] => [values[2 * i], values[2 * i + 1]];
  return [at(starts, path), ...Array.from({ length: macroSteps }, (_, t) => at(states, path * macroSteps + t))];
}
