import { Random, shuffledRows } from "@paperworks/data";
import { type Augmentation, augmentedBatch, type FloatImages } from "@paperworks/data/images";
import { argMax, cast, equal, fromArray, jit, sum, type Tensor } from "@paperworks/tensor";

/** The images and labels of a step of a training: [batch, channels, height, width] and [batch]. */
export type ImageBatches = (step: number) => { images: Tensor; labels: Tensor };

/** Augmented batches of a set, a fresh order a pass; the same seed gives the same ones to every system. */
export function imageBatches(
  set: FloatImages,
  { batchSize, seed, ...augmentation }: { batchSize: number; seed: number } & Augmentation,
): ImageBatches {
  const rows = shuffledRows({ records: set.labels.data.length, batchSize, seed });
  return (step) => {
    const random = new Random(seed).fork(`flips of step ${step}`);
    const { images, labels } = augmentedBatch(set, rows(step), random, augmentation);
    return { images: fromArray(images.data, images.shape), labels: fromArray(labels.data, labels.shape) };
  };
}

/** Some images of a set that follow each other. @returns [count, channels, height, width] */
export function imagesFrom({ images: { data, shape } }: FloatImages, start: number, count: number): Tensor {
  const width = data.length / shape[0];
  return fromArray(data.slice(start * width, (start + count) * width), [count, ...shape.slice(1)]);
}

/** Percent of a set that a network in evaluation mode classifies right. @param batch images at a time */
export async function accuracyOf(
  network: { forward(images: Tensor): Tensor },
  set: FloatImages,
  batch: number,
): Promise<number> {
  const right = jit((part: Tensor, classes: Tensor) =>
    sum(cast(equal(argMax(network.forward(part)), classes), "float32")),
  );
  const count = set.labels.data.length;
  let total = 0;
  for (let start = 0; start < count; start += batch) {
    const size = Math.min(batch, count - start);
    const classes = fromArray(set.labels.data.slice(start, start + size), [size]);
    total += (await (await right(imagesFrom(set, start, size), classes)).item()) as number;
  }
  return (100 * total) / count;
}
