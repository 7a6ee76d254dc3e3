import { isFloat, sameShape, type Tensor, type TypedArray, type Variable } from "@paperworks/tensor";
import { type StateMismatch, StateMismatchError } from "../errors.ts";
import type { Module } from "../module.ts";
import { loadSafetensors, savedVariables } from "./safetensors.ts";

export interface LoadOptions {
  /** The model's name for a name in the file; undefined leaves it out. */
  map?: (name: string) => string | undefined;
  /** Whether the file keeps this tensor (by the model's name) with its last two axes swapped. */
  transpose?: (name: string) => boolean;
  /** Refuse a file that lacks names or has others. False loads what both have. */
  strict?: boolean;
}

/**
 * Loads a safetensors file into the parameters and persistent buffers of a model: all of them, or nothing.
 *
 * @returns the names that only the model or only the file has; empty when strict
 * @throws SafetensorsError if the bytes are no such file
 * @throws StateMismatchError if names, shapes or dtypes do not fit, listing them
 */
export function loadInto(model: Module, bytes: Uint8Array, options: LoadOptions = {}): Omit<StateMismatch, "unfit"> {
  return loadVariables(savedVariables(model) as Map<string, Variable>, loadSafetensors(bytes), options);
}

export function loadVariables(
  variables: ReadonlyMap<string, Variable>,
  file: ReadonlyMap<string, Tensor>,
  { map = (name) => name, transpose = () => false, strict = true }: LoadOptions = {},
): Omit<StateMismatch, "unfit"> {
  const unexpected: string[] = [];
  const unfit: string[] = [];
  const found = new Map<string, ArrayLike<number>>();
  for (const [fileName, tensor] of file) {
    const name = map(fileName);
    if (name === undefined) continue;
    const variable = variables.get(name);
    if (!variable || found.has(name)) {
      unexpected.push(name === fileName ? name : `${fileName} (${name})`);
      continue;
    }
    const swap = transpose(name);
    const shape = swap ? [...tensor.shape.slice(0, -2), tensor.shape.at(-1), tensor.shape.at(-2)] : tensor.shape;
    const fits = swap
      ? tensor.rank >= 2 && sameShape(shape as number[], variable.shape)
      : sameShape(tensor.shape, variable.shape);
    const kindFits = tensor.dtype === variable.dtype || (isFloat(tensor.dtype) && isFloat(variable.dtype));
    if (!fits || !kindFits) {
      const wanted = `${variable.dtype}[${variable.shape.join(", ")}]`;
      unfit.push(`${name}: ${tensor.dtype}[${tensor.shape.join(", ")}]${swap ? " transposed" : ""} for ${wanted}`);
      found.set(name, []);
      continue;
    }
    const data = tensor.held as TypedArray;
    const values = data instanceof BigInt64Array ? Array.from(data, Number) : data;
    found.set(name, swap ? swapped(values, tensor.shape) : values);
  }
  const missing = [...variables.keys()].filter((name) => !found.has(name));
  if (unfit.length > 0 || (strict && missing.length + unexpected.length > 0))
    throw new StateMismatchError({ missing, unexpected, unfit });
  for (const [name, values] of found) variables.get(name)?.set(values);
  return { missing, unexpected };
}

/** The last two axes of row-major values swapped. */
function swapped(values: ArrayLike<number>, shape: readonly number[]): Float64Array {
  const [rows, columns] = shape.slice(-2);
  const out = new Float64Array(values.length);
  for (let base = 0; base < values.length; base += rows * columns)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) out[base + j * rows + i] = values[base + i * columns + j];
  return out;
}
