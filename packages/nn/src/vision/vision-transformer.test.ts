import { configure, cost, fromArray, Generator, mean, sum, type Tensor, unsqueeze, zeros } from "@paperworks/tensor";
import { describe, expect, test } from "vitest";
import { Module, parameterCount } from "../module.ts";
import { PatchEmbedding } from "./patch-embedding.ts";
import { type TokenMixer, VisionTransformer } from "./vision-transformer.ts";

configure({ threads: 1 });

const small = { image: [8, 12] as const, patch: 4, dim: 16, depth: 2, heads: 2, classes: 5 };
const images = fromArray(new Generator(1).hostNormal(3 * 3 * 8 * 12), [3, 3, 8, 12]);

/** Every token becomes the mean of all. */
class MeanMixer extends Module implements TokenMixer {
  attend(x: Tensor): { output: Tensor } {
    return { output: unsqueeze(mean(x, 1), 1).add(zeros(x.shape)) };
  }
}

describe("a vision transformer", () => {
  test("of the tiny size has the published 5,717,416 parameters and 1.26 G multiply-accumulates", () => {
    const tiny = new VisionTransformer({ image: 224, patch: 16, dim: 192, depth: 12, heads: 3, classes: 1000 });
    expect(parameterCount(tiny)).toBe(5_717_416);
    const { macs } = cost((x: Tensor) => tiny.forward(x), zeros([1, 3, 224, 224]));
    expect(macs / 1e9).toBeGreaterThan(1.25);
    expect(macs / 1e9).toBeLessThan(1.27);
  });

  test("gives the weights of every block, whose rows sum to 1, over the patches and the class token", async () => {
    const { attention, tokens, pooled } = new VisionTransformer(small).features(images);
    expect(tokens.shape).toEqual([3, 7, 16]);
    expect(pooled.shape).toEqual([3, 16]);
    expect(attention.map((weights) => weights?.shape)).toEqual([
      [3, 2, 7, 7],
      [3, 2, 7, 7],
    ]);
    const sums = (await sum(attention[1] as Tensor, -1).data()) as Float32Array;
    for (const value of sums) expect(value).toBeCloseTo(1, 5);
  });

  test("takes any mixer in place of attention, told where it stands", () => {
    const places: number[] = [];
    const model = new VisionTransformer({
      ...small,
      pool: "mean",
      mixer: ({ block, tokens, grid }) => {
        places.push(block);
        expect([tokens, grid]).toEqual([6, [2, 3]]);
        return new MeanMixer();
      },
    });
    expect(places).toEqual([0, 1]);
    expect(model.classToken).toBeUndefined();
    expect(model.forward(images).shape).toEqual([3, 5]);
    expect(model.features(images).attention).toEqual([undefined, undefined]);
  });

  test("without positions its logits do not change when patches change places", async () => {
    const model = new VisionTransformer({ ...small, pool: "mean" });
    model.positions.set(new Float32Array(6 * 16));
    const data = (await images.data()) as Float32Array;
    // Left and right halves of each image trade places: whole patches of 4 columns move by 8.
    const moved = Float32Array.from(data, (_, i) => data[i - (i % 12) + (((i % 12) + 4) % 12)]);
    const [one, other] = await Promise.all([
      model.forward(images).data(),
      model.forward(fromArray(moved, images.shape)).data(),
    ]);
    (one as Float32Array).forEach((value, i) => {
      expect((other as Float32Array)[i]).toBeCloseTo(value, 5);
    });
  });
});

test("patches are linear maps of their own pixels, row by row", async () => {
  const embedding = new PatchEmbedding({ image: [4, 6], patch: 2, channels: 1, dim: 4 });
  embedding.projection.weight.set(Float32Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0)));
  const pixels = fromArray(
    Float32Array.from({ length: 24 }, (_, i) => i),
    [1, 1, 4, 6],
  );
  const patches = Array.from((await embedding.forward(pixels).data()) as Float32Array);
  expect(patches.slice(0, 8)).toEqual([0, 1, 6, 7, 2, 3, 8, 9]);
  expect(() => new PatchEmbedding({ image: 10, patch: 4, channels: 3, dim: 8 })).toThrow(
    /10 × 10 does not divide into patches of 4/,
  );
  expect(() => embedding.forward(zeros([1, 1, 4, 4]))).toThrow(/takes \[batch, 1, 4, 6\], got \[1, 1, 4, 4\]/);
});
