import { type DataSource, mnist, take } from "@paperworks/data";
import { type FloatImages, strokeDigits } from "@paperworks/data/images";
import { pixelSequence } from "@paperworks/data/sequences";

/** Digits of 14 × 14 pixels, of mean 0 and deviation 1 over the training digits. */
export interface Digits {
  /** [N, 1, 14, 14] */
  readonly train: FloatImages;
  readonly test: FloatImages;
}

export const side = 14;

/** The first digits of MNIST's test file, or as many generated ones, each pixel the mean of a square of four. */
export async function smallDigits(
  source: DataSource,
  { train, test, seed }: { train: number; test: number; seed: number },
): Promise<Digits> {
  const count = train + test;
  const all =
    (await mnist(source)) ??
    source.generated("mnist", strokeDigits({ count, seed }), { from: `strokeDigits, seed ${seed}`, records: count });
  const part = (start: number, length: number): FloatImages => {
    const rows = Int32Array.from({ length }, (_, i) => start + i);
    const { images, labels } = take({ images: pixelSequence(all.images, { pool: 2 }), labels: all.labels }, rows);
    return { images: { data: images.data, shape: [length, 1, side, side] }, labels };
  };
  const [training, held] = [part(0, train), part(train, test)];
  const { data } = training.images;
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const deviation = Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length);
  const scaled = ({ images, labels }: FloatImages): FloatImages => ({
    images: { data: images.data.map((x) => (x - mean) / deviation), shape: images.shape },
    labels,
  });
  return { train: scaled(training), test: scaled(held) };
}

/**
 * The same pixels as sequences, row after row or in another order.
 *
 * @param order which pixel stands at each place; row after row when absent
 * @returns images [N, 1, 196]
 */
export function asSequences({ images: { data, shape }, labels }: FloatImages, order?: Int32Array): FloatImages {
  const length = side * side;
  const values = order ? data.map((_, i) => data[i - (i % length) + order[i % length]]) : data;
  return { images: { data: values, shape: [shape[0], 1, length] }, labels };
}
