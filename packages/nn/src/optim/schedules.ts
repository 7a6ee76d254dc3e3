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

export interface OneCycleOptions {
  peak: number;
  /** Steps of the whole cycle. */
  steps: number;
  /** The share of them that the rate rises. */
  rise?: number;
  /** peak ÷ the first rate. */
  initialDivisor?: number;
  /** The first rate ÷ the last one. */
  finalDivisor?: number;
}

/**
 * Half a cosine up from peak/initialDivisor to the peak, which is reached at step rise·steps − 1, and half a cosine down to
 * peak/(initialDivisor·finalDivisor) at the last step, where it stays (Smith and Topin, 2017, arXiv 1708.07120; with the values
 * that are usual in PyTorch). Momentum is left as it is.
 */
export function oneCycle({
  peak,
  steps,
  rise = 0.3,
  initialDivisor = 25,
  finalDivisor = 1e4,
}: OneCycleOptions): Schedule {
  requireRate("oneCycle: peak", peak);
  requireWhole("oneCycle: steps", steps, 2);
  const top = rise * steps - 1;
  if (!(top > 0 && top < steps - 1))
    throw new DomainError(
      `oneCycle: a rise of ${rise} of ${steps} steps must end after the first step and before the last one`,
    );
  for (const [name, divisor] of Object.entries({ initialDivisor, finalDivisor }))
    if (!(divisor >= 1)) throw new DomainError(`oneCycle: ${name} must be at least 1, got ${divisor}`);
  const first = peak / initialDivisor;
  const last = first / finalDivisor;
  const between = (from: number, to: number, u: Tensor): Tensor =>
    add(mul(add(cos(mul(minimum(maximum(u, 0), 1), Math.PI)), 1), (from - to) / 2), to);
  return (step) =>
    where(
      less(step, top),
      between(first, peak, mul(step, 1 / top)),
      between(peak, last, mul(sub(step, top), 1 / (steps - 1 - top))),
    );
}

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
