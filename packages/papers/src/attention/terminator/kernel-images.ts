import type { FloatImages } from "@paperworks/data/images";
import { imagesFrom } from "../../image-batches.ts";
import type { Terminator } from "./terminator.ts";

/** What a block multiplies at a moment of training, of one channel: its global kernel, or the activations z of an image. */
export type KernelImage = {
  what: "kernel" | "activations";
  /** From 1, as channels and blocks are counted in figures. */
  block: number;
  channel: number;
  /** Steps of training before. */
  step: number;
  /** The largest |value|, to three digits. */
  largest: number;
  /** [side, side] in whole % of the largest, rows from the top, with blanks between. */
  percent: string;
};

/** The moments at which kernels are looked at: at the start, after a quarter, half and all of the steps. */
export const momentsOf = (steps: number): number[] => [0, Math.round(steps / 4), Math.round(steps / 2), steps];

/** All channels of all blocks, on the first image of a set. The model is in evaluation. @param step how far it is trained */
export async function kernelImages(model: Terminator, set: FloatImages, step: number): Promise<KernelImage[]> {
  const { kernels, activations } = model.features(imagesFrom(set, 0, 1));
  const images: KernelImage[] = [];
  for (const [block, kernel] of kernels.entries()) {
    const [channels, ...sides] = kernel.shape;
    const size = sides.reduce((a, b) => a * b);
    for (const [what, maps] of [
      ["kernel", kernel],
      ["activations", activations[block]],
    ] as const) {
      const values = (await maps.data()) as Float32Array;
      for (let channel = 0; channel < channels; channel++) {
        const own = values.subarray(channel * size, (channel + 1) * size);
        images.push({ what, block: block + 1, channel: channel + 1, step, ...encodeImage(own) });
      }
    }
  }
  return images;
}

/** A hundredth of the largest value is finer than colours are told apart, and a tenth as long as the numbers. */
export function encodeImage(values: Float32Array): Pick<KernelImage, "largest" | "percent"> {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const shares = Array.from(values, (value) => (largest === 0 ? 0 : Math.round((100 * value) / largest)));
  return { largest: Number(largest.toPrecision(3)), percent: shares.join(" ") };
}
