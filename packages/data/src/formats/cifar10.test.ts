import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { parseCifar10 } from "./cifar10.ts";

const twoRecords = new Uint8Array(2 * 3073).fill(7);
twoRecords[0] = 9;
twoRecords[3073] = 0;
twoRecords[3074] = 200;

describe("parseCifar10", () => {
  it("reads label byte and channel-first pixels", () => {
    const { images, labels } = parseCifar10(twoRecords, "batch");
    expect([...labels.data]).toEqual([9, 0]);
    expect(images.shape).toEqual([2, 3, 32, 32]);
    expect(images.data[3072]).toBe(200);
  });

  it("refuses a truncated file and one with trailing bytes, with the count of bytes", () => {
    expect(() => parseCifar10(twoRecords.subarray(0, 6145), "batch")).toThrow("6145 bytes, 3072 more than 1 records");
    expect(() => parseCifar10(Uint8Array.of(...twoRecords, 1), "batch")).toThrow(DataFormatError);
    expect(() => parseCifar10(new Uint8Array(0), "batch")).toThrow("0 bytes");
  });

  it("refuses a label above 9 and says where it stands", () => {
    const corrupt = twoRecords.slice();
    corrupt[3073] = 10;
    expect(() => parseCifar10(corrupt, "batch")).toThrow("label 10 in record 1 (byte 3073)");
  });
});
