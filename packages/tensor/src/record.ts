import { arrayFrom, createArray, type DType, dtypeOfArray, isInteger, type TypedArray } from "./dtype.ts";
import { DTypeError, RecordingError, ShapeError } from "./errors.ts";
import { definePrimitive, type Node, type Primitive } from "./primitive.ts";
import { checkShape, formatShape, type Shape, sizeOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** A tensor, or a number that takes the dtype of the tensor it meets. */
export type TensorLike = Tensor | number | boolean;

let nextId = 0;

/** How many nodes were recorded so far: the number of the next one. */
export const recordedSoFar = (): number => nextId;

/** V8 formats the stack only when it is read, so capturing is cheap enough for every operation. */
function captureSite(): { stack?: string } | undefined {
  if (!("captureStackTrace" in Error)) return undefined;
  const site: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  Error.captureStackTrace(site, record);
  Error.stackTraceLimit = limit;
  return site;
}

/** Adds a node to the graph: checks shapes and dtypes now, computes nothing. */
export function record<A>(primitive: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor[] {
  const resolved = inputs.map((input) => input.resolve());
  const specs = primitive.infer(resolved, attributes);
  const node: Node = {
    id: nextId++,
    primitive: primitive as Primitive<never>,
    inputs: resolved,
    attributes,
    outputs: [],
    site: captureSite(),
  };
  specs.forEach((spec, index) => {
    node.outputs.push(new Tensor(node, index, spec.shape, spec.dtype));
  });
  return node.outputs;
}

export function recordOne<A>(primitive: Primitive<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return record(primitive, inputs, attributes)[0];
}

/** A leaf that holds its value. */
export const constantPrimitive = definePrimitive<{ shape: Shape; dtype: DType }>({
  name: "constant",
  unique: true,
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
});

/** A leaf whose value arrives when the program runs. */
export const placeholderPrimitive = definePrimitive<{ shape: Shape; dtype: DType }>({
  name: "placeholder",
  unique: true,
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
});

export const placeholder = (shape: Shape, dtype: DType): Tensor =>
  recordOne(placeholderPrimitive, [], { shape: [...shape], dtype });

/** A tensor that holds the typed array itself (not a copy): do not write to it afterwards. */
export function fromArray(data: TypedArray, shape: Shape, dtype: DType = dtypeOfArray(data)): Tensor {
  checkShape("tensor", shape);
  if (sizeOf(shape) !== data.length) {
    throw new ShapeError(
      `tensor: ${data.length} values do not fill the shape ${formatShape(shape)} (${sizeOf(shape)} values)`,
    );
  }
  const leaf = recordOne(constantPrimitive, [], { shape: [...shape], dtype });
  leaf.held = data;
  return leaf;
}

export type NestedNumbers = number | boolean | readonly NestedNumbers[];

function flatten(values: NestedNumbers, depth: number, shape: number[], out: (number | boolean)[]): void {
  if (typeof values === "number" || typeof values === "boolean") {
    if (depth !== shape.length)
      throw new ShapeError(`tensor: a ragged nesting, ${String(values)} stands at depth ${depth} of ${shape.length}`);
    out.push(values);
    return;
  }
  if (values.length !== shape[depth]) {
    throw new ShapeError(
      `tensor: a ragged nesting, ${values.length} values at depth ${depth} where ${shape[depth]} were`,
    );
  }
  for (const value of values) flatten(value, depth + 1, shape, out);
}

/**
 * A tensor from nested numbers, or from a typed array and a shape.
 *
 * @param values numbers nested to the rank, or a typed array in row-major order (held, not copied)
 * @param options shape for a typed array (a vector when absent); dtype (float32 for numbers, bool for booleans)
 * @throws ShapeError for a ragged nesting or a count that does not fill the shape
 */
export function tensor(values: NestedNumbers | TypedArray, options: { shape?: Shape; dtype?: DType } = {}): Tensor {
  if (ArrayBuffer.isView(values)) {
    const array = values as TypedArray;
    const dtype = options.dtype ?? dtypeOfArray(array);
    const data =
      dtypeOfArray(array) === dtype || (dtype === "bool" && array instanceof Uint8Array)
        ? array
        : arrayFrom(dtype, array);
    return fromArray(data, options.shape ?? [array.length], dtype);
  }
  const shape: number[] = [];
  for (let v: NestedNumbers = values as NestedNumbers; typeof v === "object"; v = v[0]) {
    shape.push(v.length);
    if (v.length === 0) break;
  }
  const flat: (number | boolean)[] = [];
  flatten(values as NestedNumbers, 0, shape, flat);
  const dtype = options.dtype ?? (flat.length > 0 && typeof flat[0] === "boolean" ? "bool" : "float32");
  return fromArray(arrayFrom(dtype, flat), options.shape ?? shape, dtype);
}

/** A scalar constant. */
export const scalar = (value: number | boolean, dtype: DType = "float32"): Tensor =>
  fromArray(arrayFrom(dtype, [value]), [], dtype);

/** A tensor filled with one value. */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  checkShape("full", shape);
  const data = createArray(dtype, sizeOf(shape));
  if (data instanceof BigInt64Array) data.fill(BigInt(value));
  else data.fill(value);
  return fromArray(data, shape, dtype);
}

export const zeros = (shape: Shape, dtype: DType = "float32"): Tensor => full(shape, 0, dtype);
export const ones = (shape: Shape, dtype: DType = "float32"): Tensor => full(shape, 1, dtype);
export const zerosLike = (x: Tensor): Tensor => zeros(x.shape, x.dtype);
export const onesLike = (x: Tensor): Tensor => ones(x.shape, x.dtype);

/** 0, 1, …, length − 1 (or start, start + step, …). */
export function arange(length: number, options: { start?: number; step?: number; dtype?: DType } = {}): Tensor {
  const { start = 0, step = 1, dtype = "int32" } = options;
  return fromArray(
    arrayFrom(
      dtype,
      Array.from({ length }, (_, i) => start + i * step),
    ),
    [length],
    dtype,
  );
}

/** The identity matrix [size, size]. */
export function eye(size: number, dtype: DType = "float32"): Tensor {
  return fromArray(
    arrayFrom(
      dtype,
      Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    ),
    [size, size],
    dtype,
  );
}

/** Numbers take the dtype of the tensor they meet. */
export function toTensor(value: TensorLike, dtype: DType): Tensor {
  if (value instanceof Tensor) return value;
  if (typeof value !== "number" && typeof value !== "boolean") {
    throw new RecordingError(`expected a tensor or a number, got ${value === null ? "null" : typeof value}`);
  }
  // A fraction would become another number (0.5 an int32 of 0) and change the result without a word.
  if (typeof value === "number" && isInteger(dtype) && !Number.isInteger(value))
    throw new DTypeError(
      `the number ${value} meets a tensor of ${dtype}, which cannot hold it; cast the tensor to a float first`,
    );
  return scalar(value, dtype);
}
