import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { parseIdx } from "./idx.ts";

const matrix = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

describe("parseIdx", () => {
  it("reads bytes with their shape", () => {
    expect(parseIdx(matrix, "m")).toEqual({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
  });

  it("reads big-endian numbers of every type, from any offset in a buffer", () => {
    const file = (type: number, ...payload: number[]) =>
      Uint8Array.of(99, 0, 0, type, 1, 0, 0, 0, 1, ...payload).subarray(1);
    expect(parseIdx(file(9, 255), "m").data).toEqual(Int8Array.of(-1));
    expect(parseIdx(file(11, 1, 2), "m").data).toEqual(Int16Array.of(258));
    expect(parseIdx(file(12, 255, 255, 255, 254), "m").data).toEqual(Int32Array.of(-2));
    expect(parseIdx(file(13, 0x3f, 0xc0, 0, 0), "m").data).toEqual(Float32Array.of(1.5));
    expect(parseIdx(file(14, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0), "m").data).toEqual(Float64Array.of(1.5));
  });

  it("refuses a truncated file with its length and the right one", () => {
    expect(() => parseIdx(matrix.subarray(0, 17), "digits")).toThrow(
      "digits: truncated at 17 bytes; expected 18 bytes for shape 2 × 3",
    );
    expect(() => parseIdx(matrix.subarray(0, 9), "digits")).toThrow("only 9 bytes; expected a header of 12 bytes");
    expect(() => parseIdx(new Uint8Array(0), "digits")).toThrow(DataFormatError);
  });

  it("refuses trailing bytes", () => {
    expect(() => parseIdx(Uint8Array.of(...matrix, 0), "digits")).toThrow("trailing bytes, in all 19 bytes");
  });

  it("refuses a wrong magic number and shows it", () => {
    expect(() => parseIdx(Uint8Array.of(0x50, 0x4b, 3, 4), "digits")).toThrow('magic number "50 4b 03 04"');
    expect(() => parseIdx(Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0), "digits")).toThrow(DataFormatError);
    expect(() => parseIdx(Uint8Array.of(0, 0, 8, 0), "digits")).toThrow(DataFormatError);
  });

  it("refuses extents whose product no file could hold", () => {
    const huge = Uint8Array.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    expect(() => parseIdx(huge, "digits")).toThrow("truncated at 13 bytes");
  });
});
