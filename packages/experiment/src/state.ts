import type { CheckpointState } from "./context.ts";
import { KeptValueError } from "./errors.ts";
import { decodeJson, encodeJson, type JsonValue } from "./json.ts";

const arrayTypes = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
  // Not every browser has half precision yet.
  ...(typeof Float16Array === "undefined" ? {} : { Float16Array }),
};
type ArrayType = keyof typeof arrayTypes;
const magic = "PWCP0001";

/**
 * One file for a state: the magic "PWCP0001", the header's length (uint32, little-endian), the header (JSON with
 * {"$array": [type, offset, length]} in place of typed arrays), and the arrays' bytes, each at a multiple of 8.
 */
export function packState(state: CheckpointState): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const replaceArrays = (value: unknown, path: string): unknown => {
    if (ArrayBuffer.isView(value)) {
      const type = value instanceof Uint8Array ? "Uint8Array" : value.constructor.name;
      if (!Object.hasOwn(arrayTypes, type)) throw new KeptValueError(`${path} is a ${type}, which no checkpoint holds`);
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      const reference = { $array: [type, size, bytes.length] };
      parts.push(bytes);
      size += align(bytes.length);
      return reference;
    }
    if (Array.isArray(value)) return value.map((part, index) => replaceArrays(part, `${path}[${index}]`));
    if (typeof value !== "object" || value === null) return value;
    if (Object.hasOwn(value, "$array")) throw new KeptValueError(`${path} has a property "$array", which marks arrays`);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaceArrays(part, `${path}.${key}`)]));
  };
  const header = new TextEncoder().encode(JSON.stringify(encodeJson(replaceArrays(state, "state"), "state")));
  const start = align(magic.length + 4 + header.length);
  const packed = new Uint8Array(start + size);
  packed.set(new TextEncoder().encode(magic));
  new DataView(packed.buffer).setUint32(magic.length, header.length, true);
  packed.set(header, magic.length + 4);
  let offset = start;
  for (const part of parts) {
    packed.set(part, offset);
    offset += align(part.length);
  }
  return packed;
}

/** @throws KeptValueError when the bytes are cut short or are no checkpoint */
export function unpackState(packed: Uint8Array): CheckpointState {
  const headerStart = magic.length + 4;
  if (packed.length < headerStart || new TextDecoder().decode(packed.subarray(0, magic.length)) !== magic) {
    throw new KeptValueError(`${packed.length} bytes that do not begin with ${magic} are no checkpoint`);
  }
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const headerLength = view.getUint32(magic.length, true);
  const start = align(headerStart + headerLength);
  if (packed.length < start) throw new KeptValueError(`a checkpoint of ${packed.length} bytes ends inside its header`);
  const restoreArrays = (value: JsonValue | undefined): CheckpointState => {
    if (Array.isArray(value)) return value.map(restoreArrays);
    if (typeof value !== "object" || value === null) return value as CheckpointState;
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0][0] === "$array") {
      const [type, offset, length] = entries[0][1] as [ArrayType, number, number];
      const bytes = packed.slice(start + offset, start + offset + length);
      if (bytes.length !== length) throw new KeptValueError(`a checkpoint of ${packed.length} bytes is cut short`);
      const ArrayOfType = arrayTypes[type];
      if (ArrayOfType === undefined) throw new KeptValueError(`a checkpoint holds a ${type}, which is unknown here`);
      return new ArrayOfType(bytes.buffer, 0, length / ArrayOfType.BYTES_PER_ELEMENT);
    }
    return Object.fromEntries(entries.map(([key, part]) => [key, restoreArrays(part)]));
  };
  const header = JSON.parse(new TextDecoder().decode(packed.subarray(headerStart, headerStart + headerLength)));
  return restoreArrays(decodeJson(header) as JsonValue);
}

function align(length: number): number {
  return Math.ceil(length / 8) * 8;
}
