import { bytesAsText, textAsBytes } from "./bytes-as-text.ts";
import { KeptValueError } from "./errors.ts";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined };

/**
 * JSON has no NaN, no infinities and loses the sign of −0. They are written as {"$number": "NaN"}, so that a value that
 * was kept is the value that was measured.
 */
const marker = "$number";
/** Bytes, such as a model's weights, are written as {"$bytes": "<base64>"}. */
const bytesMarker = "$bytes";
const special = new Map<string, number>([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["-0", -0],
]);

/**
 * JSON text of a value, properties that are undefined left out.
 * @throws KeptValueError with the path to what is neither JSON nor bytes: another typed array, a Map, a function, a cycle
 */
export function stringifyJson(value: unknown, indent?: number): string {
  return JSON.stringify(encodeJson(value), undefined, indent);
}

/** The value that `stringifyJson` wrote. */
export function parseJson(text: string): unknown {
  return decodeJson(JSON.parse(text));
}

/** A copy that plain JSON carries without loss; `name` is what messages call the value. */
export function encodeJson(value: unknown, name = "value"): JsonValue {
  return encode(value, name, new Set());
}

/** The inverse of `encodeJson`. */
export function decodeJson(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(decodeJson);
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0][0] === marker) return special.get(String(entries[0][1]));
  if (entries.length === 1 && entries[0][0] === bytesMarker) return textAsBytes(String(entries[0][1]));
  return Object.fromEntries(entries.map(([key, part]) => [key, decodeJson(part)]));
}

function encode(value: unknown, path: string, above: Set<object>): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number") {
    if (Number.isFinite(value) && !Object.is(value, -0)) return value;
    return { [marker]: Object.is(value, -0) ? "-0" : String(value) };
  }
  if (typeof value !== "object") throw new KeptValueError(`${path} is ${describe(value)}, which JSON cannot hold`);
  if (value instanceof Uint8Array) return { [bytesMarker]: bytesAsText(value) };
  if (above.has(value)) throw new KeptValueError(`${path} contains itself`);
  above.add(value);
  try {
    if (Array.isArray(value)) return value.map((part, index) => encode(part, `${path}[${index}]`, above));
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const advice = ArrayBuffer.isView(value) ? ": use Array.from(…), or bytes" : "";
      throw new KeptValueError(`${path} is ${describe(value)}, which JSON cannot hold${advice}`);
    }
    const copy: Record<string, JsonValue> = {};
    for (const [key, part] of Object.entries(value)) {
      if (key === marker || key === bytesMarker)
        throw new KeptValueError(`${path} has a property "${key}", which marks special numbers and bytes`);
      if (part !== undefined) copy[key] = encode(part, `${path}.${key}`, above);
    }
    return copy;
  } finally {
    above.delete(value);
  }
}

function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === undefined ? "undefined" : `a ${typeof value}`;
  return `a ${value.constructor?.name ?? "object"}`;
}
