import { isFloat } from "../src/dtype.ts";
import { evaluate } from "../src/evaluate.ts";
import { vjp } from "../src/grad.ts";
import { mul } from "../src/ops/elementwise.ts";
import { sum } from "../src/ops/reduce.ts";
import { fromArray, onesLike } from "../src/record.ts";
import { formatShape } from "../src/shape.ts";
import type { Tensor } from "../src/tensor.ts";
import { type Feeds, reference } from "./reference.ts";

/** float32 against float64, relative to the size of the value and of the tensor's largest value. */
export const valueTolerance = 2e-5;
/** Central differences of step 1e-5 in float64; constants in derivative rules are float32, good to 6e-8. */
const differenceStep = 1e-5;
const differenceTolerance = 3e-6;

/** Throws unless all values agree within the tolerance (NaN agrees with NaN, infinities with themselves). */
export function expectClose(
  what: string,
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number>,
  tolerance = valueTolerance,
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: ${actual.length} values where ${expected.length} were expected`);
  }
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    if (Number.isFinite(expected[i])) largest = Math.max(largest, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [Number(actual[i]), expected[i]];
    const near = Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * (1 + Math.abs(e) + largest);
    if (!near) {
      const show = (list: ArrayLike<number | bigint>) => Array.from(list).slice(0, 24).join(" ");
      throw new Error(
        `${what}: value ${i} is ${a}, expected ${e}\n  got      ${show(actual)}\n  expected ${show(expected)}`,
      );
    }
  }
}

/** Values without a pattern, for cotangents: reproducible and never 0. */
function cotangent({ shape, size, dtype }: Tensor, seed: number): Tensor {
  const values = Array.from({ length: size }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + seed * 78.233) * 43758.5453;
    return 0.4 + (wave - Math.floor(wave)) * (i % 2 === 0 ? 1 : -1.3);
  });
  return fromArray(dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values), shape);
}

const inner = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Σ weights·targets in float64 as a function of the leaves. */
function weightedSum(targets: readonly Tensor[], weights: readonly Float64Array[], feeds: Feeds): number {
  return reference(targets, feeds).reduce((total, value, i) => total + inner(value, weights[i]), 0);
}

/** Compares recorded gradients, evaluated in float64, with central differences of the reference, element by element. */
export function expectGradients(
  what: string,
  targets: readonly Tensor[],
  weights: readonly Float64Array[],
  inputs: readonly Tensor[],
  gradients: readonly Tensor[],
): void {
  const recorded = reference(gradients);
  inputs.forEach((input, i) => {
    const [base] = reference([input]);
    const expected = base.map((_, j) => {
      const slope = [1, -1].map((sign) => {
        const moved = base.slice();
        moved[j] += sign * differenceStep;
        return weightedSum(targets, weights, new Map([[input.resolve(), moved]]));
      });
      return (slope[0] - slope[1]) / (2 * differenceStep);
    });
    expectClose(
      `${what} with respect to input ${i} ${formatShape(input.shape)}`,
      recorded[i],
      expected,
      differenceTolerance,
    );
  });
}

export interface Trial {
  inputs: Tensor[];
  apply(...inputs: Tensor[]): Tensor | readonly Tensor[];
}

export interface CheckOptions {
  /** Derivatives compared with differences: of first order (the default where outputs are floats), of first and second. */
  derivatives?: 0 | 1 | 2;
  tolerance?: number;
}

/**
 * One operation on given inputs: the runtime's values against the reference; the recorded gradient (in float64) against
 * differences of the reference, and its value in the runtime against its value in the reference; the same once more for
 * the second derivative.
 */
export async function checkOperation({ inputs, apply }: Trial, options: CheckOptions = {}): Promise<void> {
  const { derivatives = 1, tolerance = valueTolerance } = options;
  const result = apply(...inputs);
  const outputs = Array.isArray(result) ? [...(result as readonly Tensor[])] : [result as Tensor];
  const values = [...outputs];
  const labels = outputs.map((_, i) => `output ${i}`);

  const smooth = outputs.filter(({ dtype }) => isFloat(dtype));
  const leaves = inputs.filter(({ dtype }) => isFloat(dtype));
  if (derivatives >= 1 && smooth.length > 0 && leaves.length > 0) {
    const seeds = smooth.map((output, i) => cotangent(output, i));
    const gradients = vjp(smooth, seeds, leaves) as Tensor[];
    gradients.forEach(({ shape }, i) => {
      if (formatShape(shape) !== formatShape(leaves[i].shape))
        throw new Error(`gradient ${i} has shape ${formatShape(shape)}, its input ${formatShape(leaves[i].shape)}`);
    });
    expectGradients("gradient", smooth, reference(seeds), leaves, gradients);
    values.push(...gradients);
    labels.push(...gradients.map((_, i) => `gradient ${i}`));

    if (derivatives >= 2) {
      const directions = gradients.map((gradient, i) => cotangent(gradient, i + 7));
      const slopes = gradients.map((gradient, i) => sum(mul(gradient, directions[i])));
      const total = slopes.reduce((a, b) => a.add(b));
      const second = vjp([total], [onesLike(total)], leaves) as Tensor[];
      expectGradients("second derivative", gradients, reference(directions), leaves, second);
      values.push(...second);
      labels.push(...second.map((_, i) => `second derivative ${i}`));
    }
  }
  const expected = reference(values);
  await evaluate(values);
  values.forEach((value, i) => {
    expectClose(labels[i], value.held as Float32Array, expected[i], tolerance);
  });
}
