import type { ArrayBatch, TypedArray } from "../column.ts";
import { DataFormatError } from "../errors.ts";

interface IdxType {
  readonly bytes: number;
  create(length: number): TypedArray;
  read(view: DataView, offset: number): number;
}

const types: Readonly<Record<number, IdxType>> = {
  8: { bytes: 1, create: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { bytes: 1, create: (n) => new Int8Array(n), read: (view, at) => view.getInt8(at) },
  11: { bytes: 2, create: (n) => new Int16Array(n), read: (view, at) => view.getInt16(at) },
  12: { bytes: 4, create: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { bytes: 4, create: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { bytes: 8, create: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
};

/**
 * Reads an IDX file, the format of MNIST: two zero bytes, a byte for the element type (8 uint8, 9 int8, 11 int16,
 * 12 int32, 13 float32, 14 float64), a byte for the number of axes, one big-endian uint32 an axis, then the elements,
 * big-endian and row-major.
 *
 * @throws DataFormatError if the header is wrong or the length is not exactly what the header announces
 * Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database", section "File formats".
 */
export function parseIdx(bytes: Uint8Array, file: string): ArrayBatch {
  if (bytes.length < 4)
    throw new DataFormatError(file, `only ${bytes.length} bytes`, "an IDX header of at least 4 bytes");
  const magic = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const type = types[bytes[2]];
  const axes = bytes[3];
  if (bytes[0] !== 0 || bytes[1] !== 0 || type === undefined || axes === 0) {
    throw new DataFormatError(
      file,
      `magic number "${magic}"`,
      '"00 00", a type of 08 09 0b 0c 0d 0e, one or more axes',
    );
  }
  const start = 4 + 4 * axes;
  if (bytes.length < start) throw new DataFormatError(file, `only ${bytes.length} bytes`, `a header of ${start} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((product, extent) => product * extent, 1);
  const expected = start + count * type.bytes;
  if (bytes.length !== expected) {
    const what = bytes.length < expected ? "truncated at" : "trailing bytes, in all";
    throw new DataFormatError(
      file,
      `${what} ${bytes.length} bytes`,
      `${expected} bytes for shape ${shape.join(" × ")}`,
    );
  }
  if (type.bytes === 1 && bytes[2] === 8) return { data: bytes.slice(start), shape };
  const data = type.create(count);
  for (let i = 0; i < count; i++) data[i] = type.read(view, start + i * type.bytes);
  return { data, shape };
}
