import { type AnnealedNoiseOptions, noiseScale } from "@paperworks/nn";
import { add, DomainError, Generator, mul, type Parameter, requireWhole } from "@paperworks/tensor";

export { annealedGradientNoise, clipGlobalNorm, constantGradientNoise, noiseScale } from "@paperworks/nn";

/** Σ_{t<T} σ_t², the variance that annealed noise adds up to in T steps. */
export function totalVariance(steps: number, options: AnnealedNoiseOptions): number {
  requireWhole("the number of steps", steps);
  let total = 0;
  for (let t = 0; t < steps; t++) total += noiseScale(t, options) ** 2;
  return total;
}

/**
 * How far weights without a gradient walk from zero in T steps of plain SGD:
 *
 *   rms(T) = lr·√(η Σ_{t<T} (1 + t)^(−γ))
 */
export const randomWalkRms = (steps: number, learningRate: number, options: AnnealedNoiseOptions): number =>
  learningRate * Math.sqrt(totalVariance(steps, options));

/** The constant σ whose noise adds up to the variance of annealed noise in the same number of steps. */
export const equivalentSigma = (steps: number, options: AnnealedNoiseOptions): number =>
  Math.sqrt(totalVariance(steps, options) / steps);

/**
 * Noise on the weights instead of the gradient, w ← w + N(0, σ² I): an ablation. Call it in the step, after the optimiser.
 *
 * @throws DomainError if σ is negative
 */
export function weightNoise({
  sigma,
  seed,
}: {
  sigma: number;
  seed: number;
}): (parameters: readonly Parameter[]) => void {
  if (!(sigma >= 0)) throw new DomainError(`weightNoise: sigma must not be negative, got ${sigma}`);
  const generator = new Generator(seed);
  return (parameters) => {
    if (sigma === 0) return;
    for (const parameter of parameters) {
      if (parameter.trainable) parameter.assign(add(parameter, mul(generator.normal(parameter.shape), sigma)));
    }
  };
}
