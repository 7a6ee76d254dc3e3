import { type ArrayBatch, type ImageDataset, take } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { DomainError } from "../errors.ts";
import { cifar10 } from "../loaders/cifar10.ts";
import type { DataSource } from "../source.ts";
import { texturedShapes } from "./textured-shapes.ts";

/** Images as a network takes them, with one class a record. */
export type FloatImages = { readonly images: ArrayBatch<Float32Array>; readonly labels: ArrayBatch<Int32Array> };

export interface Photographs {
  /** Images [N, 3, 32, 32], each channel with mean 0 and deviation 1 over the training images. */
  readonly train: FloatImages;
  /** Shifted and scaled as the training images are. */
  readonly test: FloatImages;
  /** Whether they are photographs, and not generated. */
  readonly real: boolean;
}

/**
 * The first photographs of CIFAR-10, or textured shapes where its files are not there: ten classes, 32 × 32, standardised.
 *
 * @param source says where files are, and keeps what was served as dataset "cifar10"
 * @throws DataFormatError for a corrupt file; DomainError for more images than the files hold
 */
export async function photographs(
  source: DataSource,
  { train = 10_000, test = 2_000, seed }: { train?: number; test?: number; seed: number },
): Promise<Photographs> {
  checkInteger("train", train, 1);
  checkInteger("test", test, 1);
  const files = await cifar10(source);
  const parts = files
    ? { train: firstOf(files.train, train, "train"), test: firstOf(files.test, test, "test") }
    : generatedParts(source, { train, test, seed });
  const scale = channelScale(parts.train.images);
  const standardized = ({ images, labels }: ImageDataset): FloatImages => ({ images: scale(images), labels });
  return { train: standardized(parts.train), test: standardized(parts.test), real: files !== undefined };
}

function firstOf(set: ImageDataset, count: number, part: string): ImageDataset {
  const records = set.labels.data.length;
  if (count > records) throw new DomainError(part, count, `at most the ${records} images of the files`);
  return take(
    set,
    Int32Array.from({ length: count }, (_, i) => i),
  );
}

function generatedParts(
  source: DataSource,
  { train, test, seed }: { train: number; test: number; seed: number },
): { train: ImageDataset; test: ImageDataset } {
  const count = train + test;
  const all = source.generated("cifar10", texturedShapes({ count, seed }), {
    from: `texturedShapes, seed ${seed}`,
    records: count,
  });
  const rows = Int32Array.from({ length: count }, (_, i) => i);
  return { train: take(all, rows.subarray(0, train)), test: take(all, rows.subarray(train)) };
}

/** x ↦ (x − μ_c)/σ_c with the mean and deviation of each channel c of these images. */
function channelScale({
  data,
  shape,
}: ArrayBatch<Uint8Array>): (images: ArrayBatch<Uint8Array>) => ArrayBatch<Float32Array> {
  const [count, channels, height, width] = shape;
  const plane = height * width;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = Math.floor(i / plane) % channels;
    sums[channel] += data[i];
    squares[channel] += data[i] * data[i];
  }
  const means = sums.map((sum) => sum / (count * plane));
  const deviations = squares.map((sum, c) => Math.sqrt(sum / (count * plane) - means[c] ** 2) || 1);
  return (images) => {
    const scaled = new Float32Array(images.data.length);
    for (let i = 0; i < scaled.length; i++) {
      const channel = Math.floor(i / plane) % channels;
      scaled[i] = (images.data[i] - means[channel]) / deviations[channel];
    }
    return { data: scaled, shape: images.shape };
  };
}
