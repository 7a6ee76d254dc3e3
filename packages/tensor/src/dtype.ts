import { DTypeError } from "./errors.ts";

export type DType = "float32" | "float64" | "float16" | "int32" | "int64" | "uint8" | "int8" | "uint32" | "bool";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Float16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint32Array;

interface DTypeInfo {
  /** The number ONNX gives the type. */
  onnx: number;
  bytes: number;
  kind: "float" | "int" | "bool";
  /** Bool is stored as one byte a value. Float16Array exists from Node 24 and in current browsers. */
  create(length: number): TypedArray;
}

const table: Record<DType, DTypeInfo> = {
  float32: { onnx: 1, bytes: 4, kind: "float", create: (n) => new Float32Array(n) },
  uint8: { onnx: 2, bytes: 1, kind: "int", create: (n) => new Uint8Array(n) },
  int8: { onnx: 3, bytes: 1, kind: "int", create: (n) => new Int8Array(n) },
  int32: { onnx: 6, bytes: 4, kind: "int", create: (n) => new Int32Array(n) },
  int64: { onnx: 7, bytes: 8, kind: "int", create: (n) => new BigInt64Array(n) },
  bool: { onnx: 9, bytes: 1, kind: "bool", create: (n) => new Uint8Array(n) },
  float16: { onnx: 10, bytes: 2, kind: "float", create: (n) => new Float16Array(n) },
  float64: { onnx: 11, bytes: 8, kind: "float", create: (n) => new Float64Array(n) },
  uint32: { onnx: 12, bytes: 4, kind: "int", create: (n) => new Uint32Array(n) },
};

export const dtypes = Object.keys(table) as DType[];

export const isDType = (value: unknown): value is DType => typeof value === "string" && value in table;
export const onnxType = (dtype: DType): number => table[dtype].onnx;
export const bytesPerElement = (dtype: DType): number => table[dtype].bytes;
export const isFloat = (dtype: DType): boolean => table[dtype].kind === "float";
export const isInteger = (dtype: DType): boolean => table[dtype].kind === "int";
export const createArray = (dtype: DType, length: number): TypedArray => table[dtype].create(length);

/** The dtype a typed array holds when nothing else is said: Uint8Array is uint8 (never bool). */
export function dtypeOfArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  if (array instanceof Int32Array) return "int32";
  if (array instanceof Uint8Array) return "uint8";
  if (array instanceof Int8Array) return "int8";
  if (array instanceof Uint32Array) return "uint32";
  if (array instanceof BigInt64Array) return "int64";
  if (typeof Float16Array !== "undefined" && array instanceof Float16Array) return "float16";
  throw new DTypeError(`no dtype for ${(array as object)?.constructor?.name ?? typeof array}: use a typed array`);
}

/** Copies numbers into a fresh typed array of the dtype. */
export function arrayFrom(dtype: DType, values: ArrayLike<number | bigint | boolean>): TypedArray {
  const array = createArray(dtype, values.length);
  if (array instanceof BigInt64Array) {
    for (let i = 0; i < values.length; i++) array[i] = BigInt(values[i] as number | bigint);
  } else if (dtype === "bool") {
    for (let i = 0; i < values.length; i++) array[i] = values[i] ? 1 : 0;
  } else {
    for (let i = 0; i < values.length; i++) array[i] = Number(values[i]);
  }
  return array;
}

export function requireFloat(operation: string, dtype: DType): void {
  if (!isFloat(dtype)) throw new DTypeError(`${operation} needs a float tensor, got ${dtype}; cast it first`);
}

export function requireSameDType(operation: string, a: DType, b: DType): DType {
  if (a !== b)
    throw new DTypeError(`${operation} got ${a} and ${b}; cast one of them: dtypes are never promoted silently`);
  return a;
}
