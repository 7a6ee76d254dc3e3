import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { gunzip } from "./gzip.ts";

const plain = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);
const packed = new Uint8Array(gzipSync(plain));

describe("gunzip", () => {
  it("inflates a gzip file", async () => {
    expect(await gunzip(packed, "x.gz")).toEqual(plain);
  });

  it("refuses a truncated file with its length", async () => {
    await expect(gunzip(packed.subarray(0, packed.length - 5), "x.gz")).rejects.toThrow(DataFormatError);
    await expect(gunzip(packed.subarray(0, 100), "x.gz")).rejects.toThrow("x.gz: gzip data of 100 bytes that do not");
  });

  it("refuses a corrupt file", async () => {
    const corrupt = packed.slice();
    corrupt[corrupt.length >> 1] ^= 0x55;
    await expect(gunzip(corrupt, "x.gz")).rejects.toThrow(DataFormatError);
  });

  it("refuses bytes after the end", async () => {
    await expect(gunzip(Uint8Array.of(...packed, 1, 2, 3), "x.gz")).rejects.toThrow(DataFormatError);
  });

  it("refuses what is not gzip and shows how it begins", async () => {
    await expect(gunzip(Uint8Array.of(0x50, 0x4b, 3), "x.gz")).rejects.toThrow('begins with the bytes "50 4b"');
  });
});
