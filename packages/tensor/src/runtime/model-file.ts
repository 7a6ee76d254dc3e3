import { EngineError } from "../errors.ts";

/** A file that is not an ONNX model, or not a whole one; the message says where and how. */
export class ModelFileError extends EngineError {
  override name = "ModelFileError";
}

/** Reads a base-128 number; undefined where the bytes end before it does. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let [value, factor] = [0, 1];
  for (let at = start; at < bytes.length && at < start + 10; at++) {
    value += (bytes[at] & 127) * factor;
    factor *= 128;
    if (bytes[at] < 128) return { value, end: at + 1 };
  }
  return undefined;
}

/** Fields of ModelProto in onnx.proto, and which of them hold a number instead of bytes. */
const [lastField, graphField] = [26, 7];
const numberFields = new Set([1, 5]);

/**
 * Walks the outermost fields of an ONNX file: enough to tell a model from other files, and a whole one from a part.
 *
 * @param name how the message calls the file
 * @throws ModelFileError if the bytes are not a whole model
 */
export function requireModel(bytes: Uint8Array, name: string): void {
  const size = `${bytes.length} bytes`;
  if (bytes.length === 0) throw new ModelFileError(`${name} is empty, not an ONNX model`);
  let [at, hasGraph] = [0, false];
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    const field = key ? Math.floor(key.value / 8) : 0;
    const wire = key ? key.value % 8 : -1;
    const known = field >= 1 && field <= lastField && wire === (numberFields.has(field) ? 0 : 2);
    if (key && !known) {
      throw new ModelFileError(
        at === 0
          ? `${name} (${size}) is not an ONNX model: its first byte is 0x${bytes[0].toString(16).padStart(2, "0")}`
          : `${name} (${size}) is damaged, or not an ONNX model: no field of one begins at byte ${at}`,
      );
    }
    const number = key && readVarint(bytes, key.end);
    if (!number) throw new ModelFileError(`${name} is cut short: it ends after ${size} inside a field`);
    const end = wire === 2 ? number.end + number.value : number.end;
    if (end > bytes.length) {
      const part = field === graphField ? "its graph" : `field ${field}`;
      throw new ModelFileError(`${name} is cut short: it has ${size}, and ${part} goes on to byte ${end}`);
    }
    hasGraph ||= field === graphField;
    at = end;
  }
  if (!hasGraph)
    throw new ModelFileError(`${name} (${size}) has no graph: it is cut short, or another kind of protobuf file`);
}
