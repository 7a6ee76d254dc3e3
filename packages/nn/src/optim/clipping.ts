import { clamp, DomainError, div, minimum, mul, sqrt, square, sum } from "@paperworks/tensor";
import type { GradientTransform } from "./optimizer.ts";

function requireBound(name: string, bound: number): void {
  if (!(bound > 0 && bound < Number.POSITIVE_INFINITY))
    throw new DomainError(`${name}: the bound must be finite and above 0, got ${bound}`);
}

/** g ← g·min(1, c/‖g‖), the norm over all parameters of all groups. */
export function clipGlobalNorm(bound: number): GradientTransform {
  requireBound("clipGlobalNorm", bound);
  // A norm of 0 gives c/0 = ∞, and the factor is 1.
  return { apply: (gradient) => mul(gradient, minimum(div(bound, sqrt(sum(square(gradient)))), 1)) };
}

/** Each value limited to [−c, c]. */
export function clipValue(bound: number): GradientTransform {
  requireBound("clipValue", bound);
  return { apply: (gradient) => clamp(gradient, -bound, bound) };
}
