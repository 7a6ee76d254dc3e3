import { add, cast, exp, Generator, log, mul, type Tensor } from "@paperworks/tensor";
import { type GradientTransform, requireNotNegative } from "./optimizer.ts";

export interface AnnealedNoiseOptions {
  /** η, the variance at the first step. */
  eta: number;
  gamma?: number;
}

function requireNoise({ eta, gamma = 0.55 }: AnnealedNoiseOptions): { eta: number; gamma: number } {
  requireNotNegative("eta", eta);
  requireNotNegative("gamma", gamma);
  return { eta, gamma };
}

/** σ_t = √(η/(1 + t)^γ): the standard deviation at step t = 0, 1, … */
export function noiseScale(t: number, options: AnnealedNoiseOptions): number {
  const { eta, gamma } = requireNoise(options);
  requireNotNegative("t", t);
  return Math.sqrt(eta / (1 + t) ** gamma);
}

/** Noise of one flat draw for all parameters: a draw a parameter would cost more than the step. */
function addNoise(generator: Generator, scale: (step: Tensor) => Tensor | number): GradientTransform {
  return {
    state: [generator.state],
    apply: (gradient, { step }) => {
      const noise = mul(generator.normal(gradient.shape), scale(step));
      return add(gradient, cast(noise, gradient.dtype));
    },
  };
}

const identity: GradientTransform = { apply: (gradient) => gradient };

/**
 * g ← g + N(0, σ_t² I) with σ_t² = η/(1 + t)^γ, t = 0 at the first step (Neelakantan et al., arXiv 1511.06807, section 3.1).
 * Stands after clipping in the list of transforms, so that noise is not clipped. η = 0 is the identity.
 *
 * @param options η and γ not negative; the noise is a function of the seed, the program's run and the position in the vector
 * @throws DomainError
 */
export function annealedGradientNoise({
  seed,
  ...options
}: AnnealedNoiseOptions & { seed: number }): GradientTransform {
  const { eta, gamma } = requireNoise(options);
  if (eta === 0) return identity;
  // √η·(1 + t)^(−γ/2) as an exponential: one scalar operation, exact at t = 0 up to rounding.
  const scale = (step: Tensor): Tensor => exp(add(mul(log(add(step, 1)), -gamma / 2), Math.log(eta) / 2));
  return addNoise(new Generator(seed), scale);
}

/** g ← g + N(0, σ² I) at every step. σ = 0 is the identity. */
export function constantGradientNoise({ sigma, seed }: { sigma: number; seed: number }): GradientTransform {
  requireNotNegative("sigma", sigma);
  return sigma === 0 ? identity : addNoise(new Generator(seed), () => sigma);
}
