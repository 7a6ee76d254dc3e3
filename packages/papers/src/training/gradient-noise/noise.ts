import { type AnnealedNoiseOptions, noiseScale } from "@paperworks/nn";
import {
  add,
  DomainError,
  Generator,
  grad,
  mul,
  type Parameter,
  requireWhole,
  reshape,
  slice,
  type Tensor,
} from "@paperworks/tensor";

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
 * Noise on the weights instead of the gradient, an ablation: the gradient is taken at w + N(0, σ² I), the step made from w.
 * Added after the step it would only be gradient noise of another size.
 *
 * @param lossAt records the loss at the weights as they stand
 * @returns gradients for `optimizer.step`
 * @throws DomainError if σ is negative
 */
export function weightNoise({ sigma, seed }: { sigma: number; seed: number }) {
  if (!(sigma >= 0)) throw new DomainError(`weightNoise: sigma must not be negative, got ${sigma}`);
  const generator = new Generator(seed);
  return (parameters: readonly Parameter[], lossAt: () => Tensor): { loss: Tensor; gradients: Tensor[] } => {
    const before = parameters.map((parameter) => parameter.resolve());
    const total = parameters.reduce((n, { size }) => n + size, 0);
    const noise = sigma === 0 ? undefined : mul(generator.normal([total]), sigma);
    let start = 0;
    for (const parameter of parameters) {
      const end = start + parameter.size;
      if (noise) {
        parameter.assign(add(parameter, reshape(slice(noise, [{ axis: 0, start, end }]), parameter.shape)));
      }
      start = end;
    }
    const loss = lossAt();
    const gradients = grad<Tensor[]>(loss, [...parameters]);
    parameters.forEach((parameter, i) => {
      parameter.assign(before[i]);
    });
    return { loss, gradients };
  };
}
