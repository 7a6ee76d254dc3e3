import fc from "fast-check";
import { add, exp, maximum, mul, neg, sigmoid, sin, sub, tanh } from "../src/ops/elementwise.ts";
import { matmul } from "../src/ops/matmul.ts";
import { mean } from "../src/ops/reduce.ts";
import { softmax } from "../src/ops/softmax.ts";
import { fromArray } from "../src/record.ts";
import { sizeOf } from "../src/shape.ts";
import type { Tensor } from "../src/tensor.ts";

const unary: ((x: Tensor) => Tensor)[] = [
  neg,
  sin,
  tanh,
  sigmoid,
  softmax,
  (x) => exp(tanh(x)),
  (x) => x.transpose(),
  (x) => x.sub(mean(x, 1, { keepDims: true })),
];
const binary: ((a: Tensor, b: Tensor) => Tensor)[] = [
  add,
  sub,
  mul,
  maximum,
  (a, b) => matmul(a, b).mul(0.2),
  (a, b) => matmul(a.transpose(), b).mul(0.2),
];

/** Steps of a random program on square matrices: which operation, and which earlier values it reads. */
export const steps = fc.array(fc.record({ operation: fc.nat(), a: fc.nat(), b: fc.nat() }), {
  minLength: 1,
  maxLength: 8,
});

/** Runs the steps: each reads values made before it, so that values are shared and repeated. */
export function runSteps(
  program: readonly { operation: number; a: number; b: number }[],
  inputs: readonly Tensor[],
): Tensor {
  const values = [...inputs];
  for (const { operation, a, b } of program) {
    const [x, y] = [values[a % values.length], values[b % values.length]];
    const i = operation % (unary.length + binary.length);
    values.push(i < unary.length ? unary[i](x) : binary[i - unary.length](x, y));
  }
  return values.at(-1) as Tensor;
}

/** A square matrix of reproducible values in [−1, 1]. */
export const waves = (length: number, phase: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(1.7 * i + phase) * Math.cos(0.3 * i * phase));

/** A tensor of `waves`. */
export const waveTensor = (shape: readonly number[], phase: number): Tensor =>
  fromArray(waves(sizeOf(shape), phase), shape);
