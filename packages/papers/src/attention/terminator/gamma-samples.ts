import { DomainError, type Generator } from "@paperworks/tensor";

/**
 * Numbers from Gamma(shape, 1), shape ≥ 1, by squeezing cubes of normal ones: d·v with d = shape − 1/3, v = (1 + z/√(9d))³, taken if
 * ln u < z²/2 + d − dv + d ln v.
 *
 * Source: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000).
 */
export function gammaSamples(generator: Generator, shape: number, count: number): Float64Array {
  if (!(shape >= 1)) throw new DomainError(`gammaSamples: the shape is at least 1, got ${shape}`);
  const d = shape - 1 / 3;
  const out = new Float64Array(count);
  for (let filled = 0; filled < count; ) {
    const [normal, uniform] = [generator.hostNormal(count), generator.hostUniform(count)];
    for (let i = 0; i < count && filled < count; i++) {
      const v = (1 + normal[i] / Math.sqrt(9 * d)) ** 3;
      if (v > 0 && Math.log(uniform[i]) < normal[i] ** 2 / 2 + d - d * v + d * Math.log(v)) out[filled++] = d * v;
    }
  }
  return out;
}
