import { add } from "./ops/elementwise.ts";
import { concat, pad } from "./ops/movement.ts";
import { zeros } from "./record.ts";
import type { Tensor } from "./tensor.ts";

/** What stands in a stretch of one axis of a tensor that is zero elsewhere. */
interface Stretch {
  readonly whole: Tensor;
  readonly values: Tensor;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** The gradient of a slice, taken out of the zeros around it. */
function stretchOf(gradient: Tensor): Stretch | undefined {
  const { primitive, inputs, attributes } = gradient.node;
  if (gradient.held || primitive.name !== "pad") return undefined;
  const { before, after, value } = attributes as Record<"before" | "after", readonly number[]> & { value: number };
  const [axis, ...others] = before.flatMap((n, i) => (n > 0 || after[i] > 0 ? [i] : []));
  if (value !== 0 || others.length > 0) return undefined;
  const [values] = inputs;
  return { whole: gradient, values, axis, start: before[axis], end: before[axis] + values.shape[axis] };
}

/**
 * The sum of the gradients of a value that is read several times. Those of slices that do not overlap are put side by side once,
 * where the sum would go over the whole for each of them.
 */
export class GradientSum {
  #total: Tensor | undefined;
  readonly #stretches: Stretch[] = [];
  /** The sum that was asked for last. */
  #value: Tensor | undefined;

  add(gradient: Tensor): void {
    this.#value = undefined;
    const stretch = stretchOf(gradient);
    if (stretch && this.#isFree(stretch)) this.#stretches.push(stretch);
    else this.#total = this.#total ? add(this.#total, gradient) : gradient;
  }

  #isFree({ axis, start, end }: Stretch): boolean {
    return this.#stretches.every((other) => other.axis === axis && (end <= other.start || other.end <= start));
  }

  get value(): Tensor {
    this.#value ??= this.#sum();
    return this.#value;
  }

  #sum(): Tensor {
    if (this.#stretches.length === 0) return this.#total as Tensor;
    const joined = joinStretches(this.#stretches);
    return this.#total ? add(this.#total, joined) : joined;
  }
}

/** Stretches of one axis of tensors of one shape, none of which overlap. */
function joinStretches(stretches: readonly Stretch[]): Tensor {
  if (stretches.length === 1) return stretches[0].whole;
  const inOrder = stretches.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const [{ whole, axis, start: first }] = inOrder;
  const parts: Tensor[] = [];
  let end = first;
  for (const stretch of inOrder) {
    if (stretch.start > end) {
      const gap = whole.shape.map((n, i) => (i === axis ? stretch.start - end : n));
      parts.push(zeros(gap, whole.dtype));
    }
    parts.push(stretch.values);
    end = stretch.end;
  }
  return pad(concat(parts, axis), [{ axis, before: first, after: whole.shape[axis] - end }]);
}
