import {
  add,
  bitAnd,
  cast,
  concat,
  cos,
  exp,
  Generator,
  log,
  mul,
  scalar,
  shiftRight,
  sin,
  slice,
  sqrt,
  type Tensor,
} from "@paperworks/tensor";
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

/** One random word makes two values, so that drawing costs half: 18 bits for the radius (up to 5.1 σ), 14 for the angle. */
const [radiusBits, angleBits] = [18, 14];

/**
 * N(0, σ²) by Box and Muller's transform, √(−2σ² ln u)·(cos 2πv, sin 2πv), u in the middles of 2¹⁸ equal steps of (0, 1).
 *
 * @param variance σ²
 * @returns [count]
 */
function normals(generator: Generator, count: number, variance: Tensor | number): Tensor {
  const words = generator.bits([Math.ceil(count / 2)]);
  const u = mul(add(cast(shiftRight(words, angleBits), "float32"), 0.5), 2 ** -radiusBits);
  const angle = mul(cast(bitAnd(words, 2 ** angleBits - 1), "float32"), (2 * Math.PI) / 2 ** angleBits);
  const radius = sqrt(mul(log(u), mul(scalar(-2), variance)));
  return slice(concat([mul(radius, cos(angle)), mul(radius, sin(angle))]), [{ axis: 0, end: count }]);
}

/** Noise of one flat draw for all parameters: a draw a parameter would cost more than the step. */
function addNoise(generator: Generator, variance: (step: Tensor) => Tensor | number): GradientTransform {
  return {
    state: [generator.state],
    apply: (gradient, { step }) =>
      add(gradient, cast(normals(generator, gradient.size, variance(step)), gradient.dtype)),
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
  return addNoise(new Generator(seed), (step) => mul(exp(mul(log(add(step, 1)), -gamma)), eta));
}

/** g ← g + N(0, σ² I) at every step. σ = 0 is the identity. */
export function constantGradientNoise({ sigma, seed }: { sigma: number; seed: number }): GradientTransform {
  requireNotNegative("sigma", sigma);
  return sigma === 0 ? identity : addNoise(new Generator(seed), () => sigma ** 2);
}
