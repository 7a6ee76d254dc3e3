import {
  add,
  cos,
  DomainError,
  div,
  exp,
  floor,
  less,
  maximum,
  minimum,
  mul,
  requireWhole,
  rsqrt,
  scalar,
  sub,
  type Tensor,
  where,
} from "@paperworks/tensor";

/** A learning rate as a function of the optimiser's step t = 0, 1, 2, … (float32 []), inside the program. */
export type Schedule = (step: Tensor) => Tensor;

function requireRate(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new DomainError(`${name} must be finite and not negative, got ${value}`);
}

/** The same rate at every step. */
export function constant(value: number): Schedule {
  requireRate("constant: the rate", value);
  return () => scalar(value);
}

export interface WarmupOptions {
  peak: number;
  /** Steps from the start to the floor. */
  steps: number;
  /** Of these, steps of linear warm-up: peak·(t + 1)/warmup. */
  warmup?: number;
  floor?: number;
}

/** Warm-up, then `shape` of the fraction u ∈ [0, 1] of the rest: 1 at its start, 0 at its end and beyond. */
function decay(
  name: string,
  { peak, steps, warmup = 0, floor: low = 0 }: WarmupOptions,
  shape: (u: Tensor) => Tensor,
): Schedule {
  requireRate(`${name}: peak`, peak);
  requireRate(`${name}: floor`, low);
  requireWhole(`${name}: steps`, steps, 1);
  requireWhole(`${name}: warmup`, warmup);
  if (warmup >= steps) throw new DomainError(`${name}: ${warmup} steps of warm-up leave none of ${steps} to decay`);
  return (step) => {
    const u = minimum(maximum(mul(sub(step, warmup), 1 / (steps - warmup)), 0), 1);
    const decayed = add(mul(shape(u), peak - low), low);
    return warmup === 0 ? decayed : where(less(step, warmup), mul(add(step, 1), peak / warmup), decayed);
  };
}

/** floor + (peak − floor)·½(1 + cos πu), after a linear warm-up (Loshchilov and Hutter, 2017). */
export const cosine = (options: WarmupOptions): Schedule =>
  decay("cosine", options, (u) => add(mul(cos(mul(u, Math.PI)), 0.5), 0.5));

/** floor + (peak − floor)(1 − u), after a linear warm-up. */
export const linear = (options: WarmupOptions): Schedule => decay("linear", options, (u) => sub(1, u));

/** initial·factor^⌊t/every⌋. */
export function stepDecay({ initial, every, factor }: { initial: number; every: number; factor: number }): Schedule {
  requireRate("stepDecay: initial", initial);
  requireWhole("stepDecay: every", every, 1);
  if (!(factor > 0)) throw new DomainError(`stepDecay: the factor must be above 0, got ${factor}`);
  // Half a step is added so that the division's rounding cannot lose a whole one.
  return (step) => mul(exp(mul(floor(div(add(step, 0.5), every)), Math.log(factor))), initial);
}

/** initial·rate^t. */
export function exponential({ initial, rate }: { initial: number; rate: number }): Schedule {
  requireRate("exponential: initial", initial);
  if (!(rate > 0)) throw new DomainError(`exponential: the rate must be above 0, got ${rate}`);
  return (step) => mul(exp(mul(step, Math.log(rate))), initial);
}

/** peak·min((t + 1)/warmup, √(warmup/(t + 1))) (Vaswani et al., 2017). */
export function inverseSquareRoot({ peak, warmup }: { peak: number; warmup: number }): Schedule {
  requireRate("inverseSquareRoot: peak", peak);
  requireWhole("inverseSquareRoot: warmup", warmup, 1);
  return (step) => {
    const t = add(step, 1);
    return mul(minimum(mul(t, 1 / warmup), rsqrt(mul(t, 1 / warmup))), peak);
  };
}
