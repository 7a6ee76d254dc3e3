import { shifted } from "../batching.ts";
import { requireSameDType } from "../dtype.ts";
import { AxisError, ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { record, recordOne, zerosLike } from "../record.ts";
import { broadcastShapes, checkShape, formatShape, normalizeAxis, type Shape, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { flip } from "./flip-and-roll.ts";
import { sumTo } from "./reduce.ts";

const reshapePrimitive = definePrimitive<{ shape: Shape }>({
  name: "reshape",
  movement: true,
  infer: ([x], { shape }) => [{ shape, dtype: x.dtype }],
  vjp: ({ inputs: [x] }, [g]) => [g && reshape(g, x.shape)],
  batch: shifted(({ shape }, size) => ({ shape: [size, ...shape] })),
  lower: ({ emit, names, attributes: { shape } }) => [emit.reshape(names[0], shape)],
});

/** The same values in row-major order under another shape; one length may be −1 and is then computed. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  let target = shape;
  const unknown = shape.indexOf(-1);
  if (unknown >= 0) {
    if (shape.indexOf(-1, unknown + 1) >= 0)
      throw new ShapeError(`reshape: ${formatShape(shape)} leaves two lengths open; one can be computed`);
    const rest = shape.reduce((n, length, axis) => (axis === unknown ? n : n * length), 1);
    if (rest === 0 || sizeOf(x.shape) % rest !== 0) {
      throw new ShapeError(
        `reshape: ${formatShape(x.shape)} (${sizeOf(x.shape)} values) does not divide into ${formatShape(shape)}`,
      );
    }
    target = shape.map((length, axis) => (axis === unknown ? sizeOf(x.shape) / rest : length));
  }
  checkShape("reshape", target);
  if (sizeOf(target) !== sizeOf(x.shape)) {
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} (${sizeOf(x.shape)} values) does not fill ${formatShape(target)} (${sizeOf(target)})`,
    );
  }
  return sameShape(target, x.shape) ? x : recordOne(reshapePrimitive, [x], { shape: [...target] });
}

const permutePrimitive = definePrimitive<{ order: readonly number[] }>({
  name: "permute",
  movement: true,
  infer: ([x], { order }) => [{ shape: order.map((axis) => x.shape[axis]), dtype: x.dtype }],
  vjp: ({ attributes: { order } }, [g]) => [
    g &&
      permute(
        g,
        order.map((_, axis) => order.indexOf(axis)),
      ),
  ],
  batch: shifted(({ order }) => ({ order: [0, ...order.map((axis) => axis + 1)] })),
  lower: ({ emit, names, inputs: [{ shape }], attributes: { order } }) => [emit.permute(names[0], shape, order)],
});

/** Axes in another order: axis i of the result is axis order[i] of x. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const rank = x.shape.length;
  const axes = order.map((axis) => normalizeAxis("permute", axis, rank));
  if (axes.length !== rank || new Set(axes).size !== rank) {
    throw new AxisError(
      `permute: ${formatShape(order)} is not an order of the ${rank} axes of ${formatShape(x.shape)}`,
    );
  }
  return axes.every((axis, i) => axis === i) ? x : recordOne(permutePrimitive, [x], { order: axes });
}

/** Two axes swapped; the last two when none are named. */
export function transpose(x: Tensor, a = -2, b = -1): Tensor {
  const rank = x.shape.length;
  const [first, second] = [normalizeAxis("transpose", a, rank), normalizeAxis("transpose", b, rank)];
  return permute(
    x,
    x.shape.map((_, axis) => (axis === first ? second : axis === second ? first : axis)),
  );
}

const expandPrimitive = definePrimitive<{ shape: Shape }>({
  name: "expand",
  movement: true,
  infer: ([x], { shape }) => [{ shape, dtype: x.dtype }],
  vjp: ({ inputs: [x] }, [g]) => [g && sumTo(g, x.shape)],
  batch({ inputs: [x], attributes: { shape }, size, again }) {
    const [, ...example] = x.shape;
    const lead = new Array(shape.length - example.length).fill(1);
    return again([reshape(x, [size, ...lead, ...example])], { shape: [size, ...shape] });
  },
  // The runtime does not stretch a 1 to a 0.
  lower: ({ emit, names, inputs: [x], attributes: { shape } }) => [
    sizeOf(shape) === 0 ? emit.full(shape, 0, x.dtype) : emit.one("Expand", [names[0], emit.int64(shape)]),
  ],
});

/** Axes of length 1 (and missing leading axes) repeated to the given shape. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const target = broadcastShapes("expand", x.shape, shape);
  if (!sameShape(target, shape))
    throw new ShapeError(`expand: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}`);
  return sameShape(shape, x.shape) ? x : recordOne(expandPrimitive, [x], { shape: [...shape] });
}

/** Padding of one axis. */
export interface AxisPadding {
  axis: number;
  before: number;
  after: number;
}

const padPrimitive = definePrimitive<{ before: readonly number[]; after: readonly number[]; value: number }>({
  name: "pad",
  movement: true,
  infer: ([x], { before, after }) => [
    { shape: x.shape.map((n, axis) => before[axis] + n + after[axis]), dtype: x.dtype },
  ],
  vjp: ({ inputs: [x], attributes: { before } }, [g]) => [
    g &&
      slice(
        g,
        x.shape.map((n, axis) => ({ axis, start: before[axis], end: before[axis] + n })),
      ),
  ],
  batch: shifted(({ before, after, value }) => ({ before: [0, ...before], after: [0, ...after], value })),
  lower: ({ emit, names, inputs: [x], attributes: { before, after, value } }) => [
    emit.one("Pad", [names[0], emit.int64([...before, ...after]), emit.scalar(value, x.dtype)]),
  ],
});

/** A constant written around the values. */
export function pad(x: Tensor, padding: readonly AxisPadding[], value = 0): Tensor {
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  for (const { axis, before: b, after: a } of padding) {
    const i = normalizeAxis("pad", axis, x.shape.length);
    if (!Number.isInteger(b) || !Number.isInteger(a) || b < 0 || a < 0)
      throw new ShapeError(`pad: ${b} and ${a} around axis ${axis} must be whole and not negative`);
    before[i] += b;
    after[i] += a;
  }
  return before.every((n) => n === 0) && after.every((n) => n === 0)
    ? x
    : recordOne(padPrimitive, [x], { before, after, value });
}

/** A range of one axis: start included, end excluded, negative counted from the end; a negative step runs backwards. */
export interface AxisRange {
  axis: number;
  start?: number;
  end?: number;
  step?: number;
}

interface SliceAttributes {
  starts: readonly number[];
  counts: readonly number[];
  steps: readonly number[];
}

const slicePrimitive = definePrimitive<SliceAttributes>({
  name: "slice",
  movement: true,
  infer: ([x], { counts }) => [{ shape: counts, dtype: x.dtype }],
  vjp: ({ inputs: [x], attributes }, [g]) => [g && unslice(g, x.shape, attributes)],
  batch: shifted(({ starts, counts, steps }, size) => ({
    starts: [0, ...starts],
    counts: [size, ...counts],
    steps: [1, ...steps],
  })),
  lower({ emit, names, inputs: [x], attributes: { starts, counts, steps } }) {
    const axes = x.shape.flatMap((n, axis) =>
      starts[axis] === 0 && counts[axis] === n && steps[axis] === 1 ? [] : [axis],
    );
    if (axes.length === 0) return [emit.one("Identity", [names[0]])];
    // A backward range that reaches the first element has no end below it but "before everything".
    const ends = axes.map((axis) => {
      const end = starts[axis] + counts[axis] * steps[axis];
      return end < 0 ? Number.MIN_SAFE_INTEGER : end;
    });
    const list = [axes.map((axis) => starts[axis]), ends, axes, axes.map((axis) => steps[axis])].map((values) =>
      emit.int64(values),
    );
    return [emit.one("Slice", [names[0], ...list])];
  },
});

/** The transpose of slice: the gradient laid back at the positions it was read from, zeros between. */
function unslice(g: Tensor, shape: Shape, { starts, counts, steps }: SliceAttributes): Tensor {
  let out = g;
  for (let axis = 0; axis < shape.length; axis++) {
    const step = Math.abs(steps[axis]);
    const count = counts[axis];
    if (steps[axis] < 0) out = flip(out, axis);
    const first = steps[axis] < 0 ? starts[axis] + (count - 1) * steps[axis] : starts[axis];
    if (step > 1 && count > 0) {
      const spread = [...out.shape.slice(0, axis + 1), 1, ...out.shape.slice(axis + 1)];
      const wide = [...out.shape.slice(0, axis), count * step, ...out.shape.slice(axis + 1)];
      out = reshape(pad(reshape(out, spread), [{ axis: axis + 1, before: 0, after: step - 1 }]), wide);
      out = slice(out, [{ axis, start: 0, end: (count - 1) * step + 1 }]);
    }
    const length = count === 0 ? 0 : (count - 1) * step + 1;
    out = pad(out, [
      { axis, before: count === 0 ? 0 : first, after: shape[axis] - length - (count === 0 ? 0 : first) },
    ]);
  }
  return out;
}

/** Ranges of some axes, as `x[start:end:step]`; ends beyond the axis are cut as in NumPy. */
export function slice(x: Tensor, ranges: readonly AxisRange[]): Tensor {
  const starts = x.shape.map(() => 0);
  const counts = [...x.shape];
  const steps = x.shape.map(() => 1);
  for (const range of ranges) {
    const axis = normalizeAxis("slice", range.axis, x.shape.length);
    const n = x.shape[axis];
    const step = range.step ?? 1;
    if (!Number.isInteger(step) || step === 0)
      throw new ShapeError(`slice: a step of ${step} on axis ${range.axis}; it must be whole and not 0`);
    const place = (value: number | undefined, fallback: number, low: number, high: number): number => {
      if (value === undefined) return fallback;
      if (!Number.isInteger(value)) throw new ShapeError(`slice: ${value} on axis ${range.axis} is not a whole number`);
      return Math.min(Math.max(value < 0 ? value + n : value, low), high);
    };
    const start = step > 0 ? place(range.start, 0, 0, n) : place(range.start, n - 1, -1, n - 1);
    const end = step > 0 ? place(range.end, n, 0, n) : place(range.end, -1, -1, n - 1);
    const count = Math.max(0, Math.ceil((end - start) / step));
    starts[axis] = count === 0 ? 0 : start;
    counts[axis] = count;
    steps[axis] = step;
  }
  const whole = x.shape.every((n, axis) => starts[axis] === 0 && counts[axis] === n && steps[axis] === 1);
  return whole ? x : recordOne(slicePrimitive, [x], { starts, counts, steps });
}

/** One position of an axis, the axis removed. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const i = normalizeAxis("select", axis, x.shape.length);
  const position = index < 0 ? index + x.shape[i] : index;
  if (!Number.isInteger(index) || position < 0 || position >= x.shape[i]) {
    throw new ShapeError(`select: index ${index} is outside axis ${axis} of ${formatShape(x.shape)}`);
  }
  return reshape(
    slice(x, [{ axis: i, start: position, end: position + 1 }]),
    x.shape.filter((_, a) => a !== i),
  );
}

const concatPrimitive = definePrimitive<{ axis: number }>({
  name: "concat",
  movement: true,
  infer(inputs, { axis }) {
    const [first] = inputs;
    let length = 0;
    for (const { shape, dtype } of inputs) {
      requireSameDType("concat", first.dtype, dtype);
      if (shape.length !== first.shape.length || shape.some((n, a) => a !== axis && n !== first.shape[a])) {
        throw new ShapeError(
          `concat: ${formatShape(first.shape)} and ${formatShape(shape)} differ beside axis ${axis}`,
        );
      }
      length += shape[axis];
    }
    return [{ shape: first.shape.map((n, a) => (a === axis ? length : n)), dtype: first.dtype }];
  },
  vjp({ inputs, attributes: { axis } }, [g]) {
    let start = 0;
    return inputs.map((x) => {
      const end = start + x.shape[axis];
      const part = g && slice(g, [{ axis, start, end }]);
      start = end;
      return part;
    });
  },
  batch: shifted(({ axis }) => ({ axis: axis + 1 })),
  lower: ({ emit, names, attributes: { axis } }) => [emit.one("Concat", names, { axis: { int: axis } })],
});

/** Tensors side by side along an axis they all have. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ShapeError("concat needs at least one tensor, got none");
  if (tensors.length === 1) return tensors[0];
  return recordOne(concatPrimitive, tensors, { axis: normalizeAxis("concat", axis, tensors[0].shape.length) });
}

/** Tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (tensors.length === 0) throw new ShapeError("stack needs at least one tensor, got none");
  const at = normalizeAxis("stack", axis, tensors[0].shape.length + 1);
  for (const t of tensors) {
    if (!sameShape(t.shape, tensors[0].shape))
      throw new ShapeError(`stack: ${formatShape(tensors[0].shape)} and ${formatShape(t.shape)} differ`);
  }
  return concat(
    tensors.map((t) => unsqueeze(t, at)),
    at,
  );
}

const splitPrimitive = definePrimitive<{ axis: number; lengths: readonly number[] }>({
  name: "split",
  movement: true,
  infer: ([x], { axis, lengths }) =>
    lengths.map((length) => ({ shape: x.shape.map((n, a) => (a === axis ? length : n)), dtype: x.dtype })),
  vjp: ({ outputs, attributes: { axis } }, gradients) => [
    concat(
      gradients.map((g, i) => g ?? zerosLike(outputs[i])),
      axis,
    ),
  ],
  batch: shifted(({ axis, lengths }) => ({ axis: axis + 1, lengths })),
  lower: ({ emit, names, attributes: { axis, lengths } }) =>
    emit.many(lengths.length, "Split", [names[0], emit.int64(lengths)], { axis: { int: axis } }),
});

/** Parts along an axis: a number of equal parts, or the length of each. */
export function split(x: Tensor, parts: number | readonly number[], axis = 0): Tensor[] {
  const i = normalizeAxis("split", axis, x.shape.length);
  const n = x.shape[i];
  const lengths = typeof parts === "number" ? Array.from({ length: parts }, () => n / parts) : [...parts];
  if (
    lengths.length === 0 ||
    lengths.some((length) => !Number.isInteger(length) || length < 0) ||
    lengths.reduce((a, b) => a + b, 0) !== n
  ) {
    throw new ShapeError(
      `split: axis ${axis} of ${formatShape(x.shape)} does not divide into ${typeof parts === "number" ? `${parts} equal parts` : formatShape(parts)}`,
    );
  }
  return lengths.length === 1 ? [x] : record(splitPrimitive, [x], { axis: i, lengths });
}

/** The slices of an axis one by one, the axis removed. */
export const unstack = (x: Tensor, axis = 0): Tensor[] =>
  split(x, x.shape[normalizeAxis("unstack", axis, x.shape.length)], axis).map((part) => squeeze(part, axis));

/** A new axis of length 1. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** An axis of length 1 removed. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("squeeze", axis, x.shape.length);
  if (x.shape[at] !== 1)
    throw new ShapeError(`squeeze: axis ${axis} of ${formatShape(x.shape)} has length ${x.shape[at]}, not 1`);
  return reshape(
    x,
    x.shape.filter((_, a) => a !== at),
  );
}

/** Axes start … end joined into one. */
export function flatten(x: Tensor, start = 0, end = -1): Tensor {
  if (x.shape.length === 0) return reshape(x, [1]);
  const [a, b] = [normalizeAxis("flatten", start, x.shape.length), normalizeAxis("flatten", end, x.shape.length)];
  return reshape(x, [...x.shape.slice(0, a), sizeOf(x.shape.slice(a, b + 1)), ...x.shape.slice(b + 1)]);
}

/** The whole tensor repeated along each axis. */
export function tile(x: Tensor, repeats: readonly number[]): Tensor {
  if (repeats.length !== x.shape.length)
    throw new ShapeError(`tile: ${formatShape(repeats)} repeats for a tensor of shape ${formatShape(x.shape)}`);
  const spread = reshape(
    x,
    x.shape.flatMap((n) => [1, n]),
  );
  const wide = expand(
    spread,
    x.shape.flatMap((n, axis) => [repeats[axis], n]),
  );
  return reshape(
    wide,
    x.shape.map((n, axis) => n * repeats[axis]),
  );
}

/** Each element of an axis repeated in place. */
export function repeat(x: Tensor, times: number, axis: number): Tensor {
  const at = normalizeAxis("repeat", axis, x.shape.length);
  const wide = [...x.shape.slice(0, at + 1), times, ...x.shape.slice(at + 1)];
  return reshape(
    expand(unsqueeze(x, at + 1), wide),
    x.shape.map((n, a) => (a === at ? n * times : n)),
  );
}
