import { expect, test } from "vitest";
import { pixelSequence } from "./pixel-sequence.ts";

test("pixels follow each other row by row, each the mean of a square", () => {
  const data = Uint8Array.of(0, 255, 51, 51, 255, 0, 51, 51, 10, 20, 30, 40, 50, 60, 70, 80);
  const { data: whole } = pixelSequence({ data, shape: [1, 4, 4] });
  expect(Array.from(whole)).toEqual(Array.from(data, (value) => Math.fround(value / 255)));
  const { data: pooled, shape } = pixelSequence({ data, shape: [1, 4, 4] }, { pool: 2 });
  expect(shape).toEqual([1, 4]);
  [0.5, 0.2, 35 / 255, 55 / 255].forEach((mean, i) => {
    expect(pooled[i]).toBeCloseTo(mean, 6);
  });
});

test("images of other shapes, and squares that do not fill them, are refused", () => {
  expect(() => pixelSequence({ data: new Uint8Array(16), shape: [4, 4] })).toThrow(/images\.shape/);
  expect(() => pixelSequence({ data: new Uint8Array(16), shape: [1, 4, 4] }, { pool: 3 })).toThrow(/pool/);
});
