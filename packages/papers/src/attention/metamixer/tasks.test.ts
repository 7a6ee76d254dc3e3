import { DataSource, memoryFinder } from "@paperworks/data";
import { texturedShapes } from "@paperworks/data/images";
import { parameterCount } from "@paperworks/nn";
import { configure, fromArray, Generator, manualSeed, ones, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { mixerMacs } from "./efficiency.ts";
import { FfNetForecaster } from "./ff-net-forecaster.ts";
import { bicubic, FfNetSuperResolution } from "./ff-net-super-resolution.ts";
import { memoryFigure } from "./figures.ts";
import { forecasterOf, forecastSystems } from "./forecasting.ts";
import { luminanceImages, luminanceOf } from "./luminance.ts";
import { attentionView, colorsOf, memoryView } from "./memory-view.ts";
import { enlargerOf, psnr } from "./super-resolution.ts";
import { classifierOf } from "./systems.ts";

configure({ threads: 1 });

const generator = new Generator(9);
const normals = (shape: readonly number[]): Tensor =>
  fromArray(generator.hostNormal(shape.reduce((a, b) => a * b, 1)), shape);

/** |a − b| / b of two numbers of parameters. */
const apart = (a: object, b: object): number => Math.abs(parameterCount(a) / parameterCount(b) - 1);

test("what is compared at equal size differs by at most 3 % in parameters", () => {
  expect(apart(classifierOf("ConvNeXt"), classifierOf("FFNified"))).toBeLessThan(0.03);
  expect(apart(enlargerOf("depthwise"), enlargerOf("FFNified"))).toBeLessThan(0.03);
  const [own, transformer] = forecastSystems.map(forecasterOf);
  expect(apart(transformer, own)).toBeLessThan(0.03);
});

test("at 64 × 64 places a mixer of 32 channels takes C² + 2·49·C products a place, self-attention 4C² + 2·4096·C", () => {
  expect(mixerMacs("FFNified", 64)).toBe(4096 * (32 * 32 + 2 * 49 * 32));
  expect(mixerMacs("self-attention", 64)).toBe(4096 * (4 * 32 * 32 + 2 * 4096 * 32));
});

test("a forecast moves and stretches with its past, and reads every token", async () => {
  manualSeed(1);
  const model = new FfNetForecaster({ window: 24, patch: 4, horizon: 5, channels: 8, depth: 1, kernel: 3 }).eval();
  const past = normals([2, 24]);
  const [plain, moved] = await Promise.all([model.forward(past).data(), model.forward(past.mul(3).add(7)).data()]);
  for (let i = 0; i < plain.length; i++) expect(Number(moved[i])).toBeCloseTo(3 * Number(plain[i]) + 7, 3);
  expect(() => model.forward(zeros([2, 20]))).toThrow(/takes \[batch, 24\], got \[2, 20\]/);
  const options = { window: 24, horizon: 5, channels: 8, depth: 1 };
  expect(() => new FfNetForecaster({ ...options, patch: 5 })).toThrow(/24 does not divide into patches of 5/);
  expect(() => new FfNetForecaster({ ...options, patch: 4, kernel: 8 })).toThrow(/needs a centre/);
});

test("super-resolution starts from bicubic interpolation, and keeps the number of channels", async () => {
  const network = new FfNetSuperResolution({ factor: 3, channels: 8, depth: 1, inChannels: 2 });
  const x = normals([2, 2, 5, 4]);
  const y = network.forward(x);
  expect(y.shape).toEqual([2, 2, 15, 12]);
  expect(await y.data()).toEqual(await bicubic(x, 3).data());
  expect(() => network.forward(normals([2, 3, 5, 4]))).toThrow(/takes \[N, 2, height, width\], got \[2, 3, 5, 4\]/);
  expect(() => new FfNetSuperResolution({ factor: 1, channels: 8, depth: 1 })).toThrow(/factor.*at least 2, got 1/);
});

test("without blocks super-resolution is linear but for its biases", async () => {
  const network = enlargerOf("linear");
  network.output.weight.set(generator.hostNormal(network.output.weight.size));
  const [a, b] = [normals([1, 1, 6, 6]), normals([1, 1, 6, 6])];
  const [none, first, second, both] = await Promise.all(
    [zeros([1, 1, 6, 6]), a, b, a.add(b)].map((x) => network.forward(x).data()),
  );
  for (let i = 0; i < both.length; i++)
    expect(Number(both[i]) + Number(none[i])).toBeCloseTo(Number(first[i]) + Number(second[i]), 3);
});

test("an error of a tenth everywhere is 20 dB", async () => {
  const image = ones([2, 1, 4, 4]);
  for (const decibels of await psnr(image.sub(0.1), image).data()) expect(decibels).toBeCloseTo(20, 4);
});

test("luminance of white is 1, that of pure green 0.587, and generated images stand in for absent files", async () => {
  const data = Uint8Array.of(...[255, 0, 255, 255, 255, 0].flatMap((value) => [value, value, value, value]));
  const grey = luminanceOf(
    { images: { data, shape: [2, 3, 2, 2] }, labels: { data: new Int32Array(2), shape: [2] } },
    2,
  );
  expect(grey.pixels[0]).toBeCloseTo((0.299 + 0.114) * 1, 6);
  expect(grey.pixels[7]).toBeCloseTo(0.299 + 0.587, 6);
  const source = new DataSource(memoryFinder({}));
  const { train, test } = await luminanceImages(source, { train: 5, test: 3, seed: 2 });
  const all = luminanceOf(texturedShapes({ count: 8, seed: 2 }), 8);
  expect([...train.pixels, ...test.pixels]).toEqual([...all.pixels]);
  expect(source.has("cifar10")).toBe(false);
});

test("the picture shows the maps and patterns of channels, and whom each place attends to", async () => {
  manualSeed(4);
  const image = normals([1, 3, 32, 32]);
  const own = classifierOf("FFNified").eval();
  const memory = await memoryView(own, image, 3);
  const attention = await attentionView(classifierOf("self-attention").eval(), image);
  if (!memory || !attention) throw new Error("both networks have what is looked at");
  expect([memory.side, memory.kernel, memory.channels.length]).toEqual([16, 7, 3]);
  for (const { query, coefficients, key, value } of memory.channels) {
    expect([query.length, coefficients.length, key.length, value.length]).toEqual([256, 256, 49, 49]);
    // GELU is nowhere below −0.17.
    expect(Math.min(...coefficients)).toBeGreaterThanOrEqual(-0.17);
  }
  expect(attention.places.length).toBe(256);
  for (const row of attention.places) expect(Math.abs(row.reduce((a, b) => a + b) - 10_000)).toBeLessThanOrEqual(128);
  expect(await memoryView(classifierOf("depthwise"), image)).toBeUndefined();
  expect(await attentionView(own, image)).toBeUndefined();
  const colors = colorsOf(new Float32Array(3 * 1024));
  expect(new Set(colors)).toEqual(new Set(["#7a7a7a"]));
  const figure = memoryFigure({ pixels: 32, colors, memory, attention });
  const [maps, patterns] = figure.vconcat as { hconcat: unknown[] }[];
  expect([maps.hconcat.length, patterns.hconcat.length]).toEqual([4, 2]);
});
