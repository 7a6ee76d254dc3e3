import { GradientError, ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { record, recordOne } from "../record.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

const stopPrimitive = definePrimitive<Record<string, never>>({
  name: "stopGradient",
  movement: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  differentiable: [],
  lower: ({ names }) => [names[0]],
});

/** The same value, a constant to every derivative. */
export const stopGradient = (x: Tensor): Tensor => recordOne(stopPrimitive, [x], {});

const aliasPrimitive = definePrimitive<Record<string, never>>({
  name: "alias",
  movement: true,
  unique: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  vjp: (_, [g]) => [g],
  lower: ({ names }) => [names[0]],
});

/** The same value as a node of its own, so that a derivative can be asked with respect to this use alone. */
export const alias = (x: Tensor): Tensor => recordOne(aliasPrimitive, [x], {});

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
  lower: ({ names, attributes: { outputs } }) => names.slice(0, outputs) as string[],
  structure: ({ outputs }) => `${outputs}`,
  rebase: ({ residuals, ...rest }, replaced) => ({ ...rest, residuals: residuals.map(replaced) }),
});

export interface CustomVjp {
  /** The value: outputs, and what the backward pass will need (any dtype). */
  forward(...inputs: Tensor[]): { outputs: readonly Tensor[]; residuals?: readonly Tensor[] };
  /** A gradient for each input (undefined: zero) from the residuals and the gradient of each output (undefined: zero). */
  backward: Backward;
}

/**
 * A function with a derivative of one's own: surrogate gradients, straight-through estimators, identities known by hand.
 * The derivative of `forward` is never taken.
 *
 * @returns a function of the inputs that gives the outputs
 */
export function customVjp({ forward, backward }: CustomVjp): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const { outputs, residuals = [] } = forward(...inputs.map(stopGradient));
    return record(customPrimitive, [...outputs, ...inputs], { outputs: outputs.length, residuals, backward });
  };
}

/** The value of `hard` with the gradient of `soft`: the straight-through estimator (Bengio et al., 2013). */
export function straightThrough(hard: Tensor, soft: Tensor): Tensor {
  return customVjp({ forward: (h) => ({ outputs: [h] }), backward: (_, [g]) => [undefined, g] })(hard, soft)[0];
}
