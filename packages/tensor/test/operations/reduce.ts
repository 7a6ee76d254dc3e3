import { concat } from "../../src/ops/movement.ts";
import * as op from "../../src/ops/reduce.ts";
import { scaleAndShift } from "../../src/ops/scale-and-shift.ts";
import { logSoftmax, softmax } from "../../src/ops/softmax.ts";
import { standardize } from "../../src/ops/standardize.ts";
import type { Tensor } from "../../src/tensor.ts";
import type { Draw, FloatRange } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

/** None (all), one or two axes, counted from either end. */
function someAxes(draw: Draw, shape: readonly number[]): op.Axes | undefined {
  if (shape.length === 0 || draw.whole(0, 2) === 0) return undefined;
  const first = draw.axis(shape);
  if (shape.length === 1 || draw.pick(true, false)) return first;
  const positive = first < 0 ? first + shape.length : first;
  return [first, (positive + 1) % shape.length];
}

type Reduction = (x: Tensor, axes?: op.Axes, options?: op.ReduceOptions) => Tensor;

const reduction = (
  name: string,
  f: Reduction,
  { range, ...options }: Partial<OperationCase> & { range?: FloatRange } = {},
): OperationCase => ({
  name,
  derivatives: 2,
  trial: (draw) => {
    const shape = draw.shape();
    const axes = someAxes(draw, shape);
    const keepDims = draw.pick(true, false);
    return { inputs: [draw.floats(shape, range)], apply: (x) => f(x, axes, { keepDims }) };
  },
  ...options,
});

const alongAxis = (
  name: string,
  f: (x: Tensor, axis: number) => Tensor,
  options: Partial<OperationCase> = {},
): OperationCase => ({
  name,
  derivatives: 2,
  trial: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.axis(shape);
    return { inputs: [draw.floats(shape)], apply: (x) => f(x, axis) };
  },
  ...options,
});

export const reduceCases: OperationCase[] = [
  reduction("sum", op.sum),
  reduction("mean", op.mean, { empty: false }),
  reduction("max", op.max, { empty: false }),
  reduction("min", op.min, { empty: false }),
  {
    name: "prod",
    derivatives: 2,
    trial: (draw) => {
      // Small: the second derivative of a product is a deep graph.
      const shape = draw.shape(0, 2, 3);
      const axes = someAxes(draw, shape);
      return { inputs: [draw.floats(shape)], apply: (x) => op.prod(x, axes) };
    },
  },
  reduction("variance", (x, axes, options) => op.variance(x, axes, options), { empty: false }),
  reduction(
    "variance of a sample",
    (x, _, options) =>
      op.variance(concat([x.reshape([-1]), x.reshape([-1]).mul(0.3)]), 0, { ...options, correction: 1 }),
    { empty: false },
  ),
  reduction(
    "std",
    (x, _, options) => op.std(concat([x.reshape([-1]), x.reshape([-1]).mul(0.3)]), 0, { ...options, correction: 0.5 }),
    { empty: false },
  ),
  reduction("norm", op.norm, { range: { low: 0.2, high: 2 }, derivatives: 1 }),
  reduction("logSumExp", op.logSumExp, { empty: false }),
  {
    name: "sum and max of whole numbers",
    empty: false,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      return {
        inputs: [draw.wholes(shape, -99, 99)],
        apply: (x) => [op.sum(x, axis), op.max(x, axis), op.min(x, axis), op.prod(x, axis)],
      };
    },
  },
  {
    name: "any and all",
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      return { inputs: [draw.bools(shape)], apply: (x) => [op.any(x, axis), op.all(x, axis), op.any(x), op.all(x)] };
    },
  },
  alongAxis("argMax", op.argMax, { empty: false }),
  alongAxis("argMin", op.argMin, { empty: false }),
  alongAxis("cumSum", op.cumSum),
  alongAxis("cumSum, exclusive and reversed", (x, axis) => op.cumSum(x, axis, { exclusive: true, reverse: true })),
  alongAxis("softmax", softmax),
  alongAxis("logSoftmax", logSoftmax),
  {
    name: "scaleAndShift",
    derivatives: 2,
    trial(draw) {
      const shape = draw.shape(2);
      return {
        inputs: [draw.floats(shape), draw.floats([shape[1]]), draw.floats([shape[1]])],
        apply: scaleAndShift,
      };
    },
  },
  {
    name: "standardize",
    derivatives: 2,
    empty: false,
    tolerance: 1e-4,
    trial: (draw) => ({ inputs: [draw.floats(draw.shape(1))], apply: (x) => standardize(x, 1e-2) }),
  },
];
