import { DataSource, memoryFinder } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import { fromArray, gelu, manualSeed, type Tensor } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { side, smallDigits } from "./digits.ts";
import { kernelFigure } from "./figures.ts";
import { encodeImage, type KernelImage, kernelImages, momentsOf } from "./kernel-images.ts";
import { Terminator } from "./terminator.ts";
import { train } from "./training.ts";

const [channels, blocks] = [4, 2];

const { train: set } = await smallDigits(new DataSource(memoryFinder({})), { train: 32, test: 1, seed: 1 });

function freshModel(): Terminator {
  manualSeed(2);
  return new Terminator({ dims: 2, channels, blocks, side, classes: 10, hidden: 6 });
}

/** An image is right to half a hundredth of its largest value. */
async function expectImage({ percent, largest }: KernelImage, maps: Tensor, channel: number): Promise<void> {
  const size = side * side;
  const values = ((await maps.data()) as Float32Array).subarray(channel * size, (channel + 1) * size);
  const decoded = percent.split(" ").map((share) => (Number(share) * largest) / 100);
  expect(decoded.length).toBe(size);
  for (const [i, value] of decoded.entries()) expect(Math.abs(value - values[i])).toBeLessThan(0.011 * largest);
  expect(largest).toBeCloseTo(Math.max(...values.map(Math.abs)), 1);
}

test("before training a kernel's image is what the slow network paints, beside the z that it multiplies", async () => {
  const model = freshModel().eval();
  const images = await kernelImages(model, set, 0);
  expect(images.length).toBe(2 * blocks * channels);
  const first = fromArray(set.images.data.slice(0, side * side), [1, 1, side, side]);
  const [{ entry, entryNorm }] = model.blocks;
  const stem = model.stemNorm.forward(model.stem.forward(first));
  const z = gelu(entryNorm.forward(entry.forward(stem)));
  for (const image of images) {
    if (image.what === "kernel")
      await expectImage(image, model.blocks[image.block - 1].global.slow.forward(), image.channel - 1);
    else if (image.block === 1) await expectImage(image, z, image.channel - 1);
  }
});

test("training is watched at its start, quarter, half and end, and goes as it does unseen", async () => {
  const run = {
    seed: 0,
    signal: new AbortController().signal,
    restored: undefined,
    progress: async () => {},
    checkpoint: async () => false,
  } satisfies TaskRun;
  const plan = { train: set, test: set, steps: 8, batch: 8, learningRate: 1e-2 };
  const unseen = await train(freshModel(), plan, run);
  const model = freshModel();
  const watch = { at: momentsOf(8), look: (step: number) => kernelImages(model, set, step) };
  const { seen, ...watched } = await train(model, { ...plan, watch }, run);
  expect({ ...watched, seen: [] }).toEqual(unseen);
  expect([...new Set(seen.map(({ step }) => step))]).toEqual([0, 2, 4, 8]);
  const kernels = seen.filter(({ what, block, channel }) => what === "kernel" && block === 1 && channel === 1);
  expect(new Set(kernels.map(({ percent }) => percent)).size).toBe(4);
  const names = seen.map(({ what, block, channel, step }) => `${what} ${block} ${channel} ${step}`);
  expect(new Set(names).size).toBe(2 * blocks * channels * 4);
  expect(seen.length).toBe(names.length);
});

test("the figure lets choose among the channels that its data have, and shows the first", () => {
  const one = (channel: number): KernelImage => ({
    what: "kernel",
    block: 1,
    channel,
    step: 0,
    ...encodeImage(Float32Array.of(channel, -2)),
  });
  const { params, data } = kernelFigure([3, 1, 2].map(one), 14) as {
    params: { value: object; bind: { channel: { options: number[] } } }[];
    data: { values: KernelImage[] };
  };
  expect(params[0].bind.channel.options).toEqual([1, 2, 3]);
  expect(params[0].value).toEqual([{ channel: 1 }]);
  expect(new Set(data.values.map(({ channel }) => channel))).toEqual(new Set([1, 2, 3]));
});

test("an image is shares of its largest value; one of zeros stays zeros", () => {
  expect(encodeImage(Float32Array.of(0.5, -0.25, -1e-9, 0.001))).toEqual({ largest: 0.5, percent: "100 -50 0 0" });
  expect(encodeImage(new Float32Array(3))).toEqual({ largest: 0, percent: "0 0 0" });
});
