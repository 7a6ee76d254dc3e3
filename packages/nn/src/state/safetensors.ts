import { type DType, fromArray, sizeOf, type Tensor, type TypedArray } from "@paperworks/tensor";
import { SafetensorsError } from "../errors.ts";
import { Module, namedBuffers, namedParameters } from "../module.ts";

/**
 * The safetensors format: the length of a header as 8 bytes (little-endian), the header as JSON
 * `{ name: { dtype, shape, data_offsets: [begin, end] }, "__metadata__": { … } }`, and the values, row-major and
 * little-endian, laid without overlap or gap.
 */
interface Kind {
  bytes: number;
  dtype: DType;
  read(data: ArrayBuffer): TypedArray;
}

const kinds: Record<string, Kind> = {
  F64: { bytes: 8, dtype: "float64", read: (data) => new Float64Array(data) },
  F32: { bytes: 4, dtype: "float32", read: (data) => new Float32Array(data) },
  F16: { bytes: 2, dtype: "float16", read: (data) => new Float16Array(data) },
  BF16: { bytes: 2, dtype: "float32", read: (data) => widenBfloat16(new Uint16Array(data)) },
  I64: { bytes: 8, dtype: "int64", read: (data) => new BigInt64Array(data) },
  I32: { bytes: 4, dtype: "int32", read: (data) => new Int32Array(data) },
  I16: { bytes: 2, dtype: "int32", read: (data) => Int32Array.from(new Int16Array(data)) },
  U16: { bytes: 2, dtype: "int32", read: (data) => Int32Array.from(new Uint16Array(data)) },
  U32: { bytes: 4, dtype: "uint32", read: (data) => new Uint32Array(data) },
  I8: { bytes: 1, dtype: "int8", read: (data) => new Int8Array(data) },
  U8: { bytes: 1, dtype: "uint8", read: (data) => new Uint8Array(data) },
  BOOL: { bytes: 1, dtype: "bool", read: (data) => new Uint8Array(data) },
};

/** A bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const words = Uint32Array.from(halves, (half) => half << 16);
  return new Float32Array(words.buffer);
}

const written: Record<DType, string> = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  int64: "I64",
  int32: "I32",
  uint32: "U32",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};

const metadataKey = "__metadata__";
const headerLimit = 100_000_000;

/** What a model saves: parameters, and buffers that are persistent. */
export function savedVariables(model: Module): Map<string, Tensor> {
  const names = new Map<string, Tensor>(namedParameters(model));
  for (const [name, buffer] of namedBuffers(model)) if (buffer.persistent) names.set(name, buffer);
  return names;
}

/**
 * A safetensors file.
 *
 * @param source   a model (its parameters and persistent buffers), or tensors by name
 * @param metadata text kept with the tensors
 */
export async function saveSafetensors(
  source: Module | Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  { metadata = {} }: { metadata?: Readonly<Record<string, string>> } = {},
): Promise<Uint8Array> {
  const tensors =
    source instanceof Module ? savedVariables(source) : source instanceof Map ? source : Object.entries(source);
  const entries: { name: string; tensor: Tensor; data: TypedArray }[] = [];
  for (const [name, tensor] of tensors as Iterable<[string, Tensor]>) {
    if (name === metadataKey) throw new SafetensorsError(`${metadataKey} cannot be the name of a tensor`);
    entries.push({ name, tensor, data: await tensor.data() });
  }
  // The widest first, so that every tensor is aligned to its width.
  const width = ({ tensor }: { tensor: Tensor }): number => kinds[written[tensor.dtype]].bytes;
  entries.sort((a, b) => width(b) - width(a));
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set(metadataKey, metadata);
  let end = 0;
  for (const { name, tensor, data } of entries) {
    const begin = end;
    end += data.byteLength;
    header.set(name, { dtype: written[tensor.dtype], shape: tensor.shape, data_offsets: [begin, end] });
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded + end).fill(0x20, 8 + text.length, 8 + padded);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(text, 8);
  let at = 8 + padded;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

export interface SafetensorsFile {
  tensors: Map<string, Tensor>;
  metadata: Map<string, string>;
}

/**
 * Reads a safetensors file. bfloat16 is widened to float32, 16-bit whole numbers to int32.
 *
 * @throws SafetensorsError if the bytes are not such a file, with what is wrong
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { header, start } = readHeader(bytes);
  const tensors = new Map<string, Tensor>();
  const metadata = new Map<string, string>();
  const spans: { name: string; begin: number; end: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) {
      for (const [key, value] of metadataEntries(entry)) metadata.set(key, value);
      continue;
    }
    const { kind, shape, begin, end } = readEntry(name, entry, bytes.length - start);
    spans.push({ name, begin, end });
    const data = kind.read(bytes.slice(start + begin, start + end).buffer);
    tensors.set(name, fromArray(data, shape, kind.dtype));
  }
  requireContiguous(spans, bytes.length - start);
  return { tensors, metadata };
}

/** The tensors of a safetensors file by name. @throws SafetensorsError */
export const loadSafetensors = (bytes: Uint8Array): Map<string, Tensor> => parseSafetensors(bytes).tensors;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw new SafetensorsError(`a safetensors file has at least 8 bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.length - 8, headerLimit)))
    throw new SafetensorsError(
      `the header is said to have ${length} bytes, but ${bytes.length - 8} follow: truncated, or no safetensors file`,
    );
  const start = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw new SafetensorsError(`the header is no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (!isRecord(header)) throw new SafetensorsError("the header is no JSON object");
  return { header, start };
}

function metadataEntries(entry: unknown): [string, string][] {
  if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== "string"))
    throw new SafetensorsError(`${metadataKey} must hold texts, got ${JSON.stringify(entry)?.slice(0, 80)}`);
  return Object.entries(entry) as [string, string][];
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, entry: unknown, available: number) {
  const fail = (what: string): never => {
    throw new SafetensorsError(`the tensor ${JSON.stringify(name)} ${what}`);
  };
  if (!isRecord(entry)) return fail("has no description");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(kinds, dtype))
    return fail(`has the dtype ${JSON.stringify(dtype)}; known are ${Object.keys(kinds).join(", ")}`);
  const kind = kinds[dtype];
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`has the shape ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`has the offsets ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > available)
    return fail(`lies at bytes ${begin} to ${end} of ${available}: truncated, or offsets out of order`);
  const size = sizeOf(shape) * kind.bytes;
  if (size !== end - begin)
    return fail(`of ${dtype}[${shape.join(", ")}] takes ${size} bytes, its offsets span ${end - begin}`);
  return { kind, shape: shape as number[], begin, end };
}

function requireContiguous(spans: { name: string; begin: number; end: number }[], available: number): void {
  spans.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of spans) {
    if (begin !== reached)
      throw new SafetensorsError(
        `the tensor ${JSON.stringify(name)} begins at byte ${begin}, ${begin < reached ? "inside another that ends" : "after a gap that begins"} at ${reached}`,
      );
    reached = end;
  }
  if (reached !== available) throw new SafetensorsError(`${available - reached} bytes at the end belong to no tensor`);
}
