import { withLeading } from "../batching.ts";
import { GradientError, ShapeError } from "../errors.ts";
import { stopGradient } from "../ops/gradient-control.ts";
import { definePrimitive } from "../primitive.ts";
import { record } from "../record.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { vmap } from "./vmap.ts";

type Backward = (
  residuals: readonly Tensor[],
  gradients: readonly (Tensor | undefined)[],
) => readonly (Tensor | undefined)[];

interface CustomAttributes {
  outputs: number;
  residuals: readonly Tensor[];
  backward: Backward;
}

const customPrimitive = definePrimitive<CustomAttributes>({
  name: "customVjp",
  movement: true,
  unique: true,
  infer: (inputs, { outputs }) => inputs.slice(0, outputs).map(({ shape, dtype }) => ({ shape, dtype })),
  vjp({ inputs, attributes: { outputs, residuals, backward } }, gradients) {
    const wanted = inputs.slice(outputs);
    const given = backward(residuals, gradients);
    if (given.length !== wanted.length) {
      throw new GradientError(`customVjp: backward gave ${given.length} gradients for ${wanted.length} inputs`);
    }
    given.forEach((gradient, i) => {
      if (gradient && !sameShape(gradient.shape, wanted[i].shape)) {
        throw new ShapeError(
          `customVjp: gradient ${i} has shape ${formatShape(gradient.shape)}, its input ${formatShape(wanted[i].shape)}`,
        );
      }
    });
    return [...inputs.slice(0, outputs).map(() => undefined), ...given];
  },
  // The derivative by hand is one of an example: it is taken for all of them in turn.
  batch(context) {
    const { outputs, residuals, backward } = context.attributes;
    const inputs = withLeading(context);
    return context.again(inputs, {
      outputs,
      residuals: residuals.map(context.all),
      backward: (kept, gradients) => backwardOfBatch(backward, kept, gradients, inputs.length - outputs),
    });
  },
  lower: ({ names, attributes: { outputs } }) => names.slice(0, outputs) as string[],
  structure: ({ outputs }) => `${outputs}`,
  rebase: ({ residuals, ...rest }, replaced) => ({ ...rest, residuals: residuals.map(replaced) }),
});

/** `backward` on residuals and gradients that have a leading axis of examples. */
function backwardOfBatch(
  backward: Backward,
  kept: readonly Tensor[],
  gradients: readonly (Tensor | undefined)[],
  wanted: number,
): (Tensor | undefined)[] {
  const present = gradients.flatMap((g, i) => (g ? [i] : []));
  const flows: number[] = [];
  const results = vmap((residuals: readonly Tensor[], given: readonly Tensor[]) => {
    const all = gradients.map((_, i) => (present.includes(i) ? given[present.indexOf(i)] : undefined));
    return backward(residuals, all).flatMap((g, i) => {
      if (g) flows.push(i);
      return g ? [g] : [];
    });
  })(
    kept,
    present.map((i) => gradients[i] as Tensor),
  );
  return Array.from({ length: wanted }, (_, i) => results[flows.indexOf(i)]);
}

export interface CustomVjp {
  /** The value: outputs, and what the backward pass will need (any dtype). */
  forward(...inputs: Tensor[]): { outputs: readonly Tensor[]; residuals?: readonly Tensor[] };
  /** A gradient for each input (undefined: zero) from the residuals and the gradient of each output (undefined: zero). */
  backward: Backward;
}

/**
 * A function with a derivative of one's own: surrogate gradients, straight-through estimators, identities known by hand.
 * The derivative of `forward` is never taken. Second derivatives are those of `backward` in its gradients and in those
 * residuals that are inputs.
 *
 * @returns a function of the inputs that gives the outputs
 */
export function customVjp({ forward, backward }: CustomVjp): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const stopped = inputs.map(stopGradient);
    const { outputs, residuals = [] } = forward(...stopped);
    // An input kept as a residual is the input itself: the derivative of the derivative flows on through it.
    const kept = residuals.map((t) => inputs[stopped.indexOf(t)] ?? t);
    return record(customPrimitive, [...outputs, ...inputs], { outputs: outputs.length, residuals: kept, backward });
  };
}

/** The value of `hard` with the gradient of `soft`: the straight-through estimator (Bengio et al., 2013). */
export function straightThrough(hard: Tensor, soft: Tensor): Tensor {
  return customVjp({ forward: (h) => ({ outputs: [h] }), backward: (_, [g]) => [undefined, g] })(hard, soft)[0];
}
