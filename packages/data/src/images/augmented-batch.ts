import { gather } from "../column.ts";
import { checkInteger } from "../domain.ts";
import type { Random } from "../random.ts";
import type { FloatImages } from "./photographs.ts";

export interface Augmentation {
  /** Turn every second image about its vertical axis; true when absent. */
  readonly flip?: boolean;
  /** Shift by up to so many pixels each way, zeros coming in; 0 when absent. */
  readonly shift?: number;
}

/**
 * Some images of a set, each flipped and shifted at random.
 *
 * @param rows records of the set
 * @returns images [rows.length, channels, height, width] and their labels, as new arrays
 */
export function augmentedBatch(
  set: FloatImages,
  rows: ArrayLike<number>,
  random: Random,
  { flip = true, shift = 0 }: Augmentation = {},
): FloatImages {
  checkInteger("shift", shift, 0);
  const batch = gather(set, rows);
  const [count, channels, height, width] = batch.images.shape;
  const plane = height * width;
  const source = new Float32Array(channels * plane);
  for (let i = 0; i < count; i++) {
    const flipped = flip && random.integer(2) === 1;
    const right = shift === 0 ? 0 : random.integer(2 * shift + 1) - shift;
    const down = shift === 0 ? 0 : random.integer(2 * shift + 1) - shift;
    if (!flipped && right === 0 && down === 0) continue;
    const image = batch.images.data.subarray(i * channels * plane, (i + 1) * channels * plane);
    source.set(image);
    for (let at = 0; at < image.length; at++) {
      const column = (at % width) - right;
      const row = (Math.floor(at / width) % height) - down;
      const here = row >= 0 && row < height && column >= 0 && column < width;
      const start = at - (at % plane) + row * width;
      image[at] = here ? source[start + (flipped ? width - 1 - column : column)] : 0;
    }
  }
  return batch;
}
