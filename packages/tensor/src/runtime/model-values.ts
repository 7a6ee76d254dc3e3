import type { InferenceSession } from "onnxruntime-common";
import { type DType, dtypeOfArray, isDType, type TypedArray } from "../dtype.ts";
import { DTypeError, ShapeError } from "../errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { ModelFileError } from "./model-file.ts";

/** An input or output of a model. */
export interface ModelPort {
  readonly name: string;
  readonly dtype: DType;
  /** null stands for a dimension that is free. */
  readonly shape: readonly (number | null)[];
}

/** A tensor for a model, or of one: values in row-major order. */
export interface ModelValue {
  data: TypedArray;
  shape: Shape;
}

/** A value, or its array alone where the shape follows: at most one dimension is free. */
export type ModelInput = ModelValue | TypedArray;

export function portOf(value: InferenceSession.ValueMetadata): ModelPort {
  if (!value.isTensor || !isDType(value.type)) {
    const kind = value.isTensor ? `a tensor of ${value.type}` : "no tensor";
    throw new ModelFileError(`the model's ${value.name} is ${kind}, which cannot be given or read here`);
  }
  return {
    name: value.name,
    dtype: value.type,
    shape: value.shape.map((n) => (typeof n === "number" && n >= 0 ? n : null)),
  };
}

export const describePort = ({ dtype, shape }: ModelPort): string =>
  `${dtype} [${shape.map((n) => n ?? "any").join(", ")}]`;

/** The shape an array has as an input whose dimensions are all known but one. */
function shapeFor(port: ModelPort, length: number): Shape {
  const free = port.shape.filter((n) => n === null).length;
  const rest = sizeOf(port.shape.map((n) => n ?? 1));
  if (free > 1)
    throw new ShapeError(`input ${port.name} is ${describePort(port)}: give { data, shape }, not the array alone`);
  const missing = free === 1 ? length / rest : 1;
  if (!Number.isInteger(missing) || missing * rest !== length) {
    const right = free === 1 ? `a multiple of ${rest}` : rest;
    throw new ShapeError(`input ${port.name} is ${describePort(port)} and takes ${right} values, got ${length}`);
  }
  return port.shape.map((n) => n ?? missing);
}

/**
 * Checks a value given for an input.
 *
 * @throws DTypeError or ShapeError that says what the input takes
 */
export function checkedInput(port: ModelPort, given: ModelInput): ModelValue {
  const data = ArrayBuffer.isView(given) ? given : given.data;
  const dtype = dtypeOfArray(data);
  if (dtype !== port.dtype && !(port.dtype === "bool" && dtype === "uint8"))
    throw new DTypeError(`input ${port.name} is ${describePort(port)}, got ${dtype}`);
  if (ArrayBuffer.isView(given)) return { data, shape: shapeFor(port, data.length) };
  const { shape } = given;
  if (shape.length !== port.shape.length || port.shape.some((n, i) => n !== null && n !== shape[i]))
    throw new ShapeError(`input ${port.name} is ${describePort(port)}, got ${formatShape(shape)}`);
  if (sizeOf(shape) !== data.length)
    throw new ShapeError(
      `input ${port.name} of shape ${formatShape(shape)} takes ${sizeOf(shape)} values, got ${data.length}`,
    );
  return { data, shape };
}
