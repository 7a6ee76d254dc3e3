import { arange, configure, fromArray, Generator, reshape, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { parameterCount } from "../module.ts";
import { ConvNextBlock } from "./convnext-block.ts";
import { pixelShuffle } from "./pixel-shuffle.ts";

configure({ threads: 1 });

test("pixel shuffle lays the channels of a pixel out as a square, row by row", async () => {
  const x = reshape(arange(16), [1, 8, 1, 2]);
  const y = pixelShuffle(x, 2);
  expect(y.shape).toEqual([1, 2, 2, 4]);
  // Channel c·4 + i·2 + j of pixel p holds 2(4c + 2i + j) + p.
  expect(Array.from(await y.data(), Number)).toEqual([0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]);
  expect(() => pixelShuffle(zeros([1, 6, 2, 2]), 2)).toThrow(/takes \[N, C·4, height, width\], got \[1, 6, 2, 2\]/);
});

test("a ConvNeXt block has k²C + C, 2C, and 8C² + 5C parameters, and C for layer scale", () => {
  expect(parameterCount(new ConvNextBlock({ channels: 8 }))).toBe(49 * 8 + 8 + 16 + 8 * 64 + 5 * 8);
  expect(parameterCount(new ConvNextBlock({ channels: 8, kernel: 3, layerScale: 1e-6 }))).toBe(
    9 * 8 + 8 + 16 + 8 * 64 + 5 * 8 + 8,
  );
});

test("a ConvNeXt block with a layer scale of 0 is the identity, and a pixel reaches 3 places of a 7 × 7 kernel", async () => {
  const x = fromArray(new Generator(4).hostNormal(2 * 4 * 81), [2, 4, 9, 9]);
  expect(await new ConvNextBlock({ channels: 4, layerScale: 0 }).forward(x).data()).toEqual(await x.data());
  const block = new ConvNextBlock({ channels: 4 });
  const poked = Float32Array.from((await x.data()) as Float32Array);
  poked[0] += 1;
  const [a, b] = await Promise.all([block.forward(x).data(), block.forward(fromArray(poked, x.shape)).data()]);
  const changed = Array.from(a, Number)
    .map((value, i) => value !== Number(b[i]))
    .flatMap((differs, i) => (differs ? [i] : []));
  expect(Math.max(...changed.map((i) => i % 9))).toBe(3);
  expect(Math.max(...changed)).toBeLessThan(4 * 81);
});
