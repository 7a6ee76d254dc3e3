import type { ImageDataset } from "../column.ts";
import { parseCifar10 } from "../formats/cifar10.ts";
import type { DataSource, OpenedFile } from "../source.ts";

/** Class names by label. */
export const cifar10Classes: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/**
 * Small colour photographs, 32 × 32, ten classes: as many of the five training files as are there (the first must be),
 * and the test file.
 *
 * @returns train and test, each images [N, 3, 32, 32] uint8 and labels [N] int32; undefined if no file is there
 * @throws DataFormatError for a file that is truncated or corrupt, or a missing test file
 * Source: A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.
 */
export async function cifar10(source: DataSource): Promise<{ train: ImageDataset; test: ImageDataset } | undefined> {
  const training: OpenedFile[] = [];
  for (let batch = 1; batch <= 5; batch++) {
    const opened = await source.open(fileNames(`data_batch_${batch}.bin`));
    if (opened === undefined) break;
    training.push(opened);
  }
  if (training.length === 0) return undefined;
  const { file } = training[0];
  const beside = await source.openBeside(file, fileNames("test_batch.bin"));
  const train = join(training.map(({ bytes, file: { from } }) => parseCifar10(bytes, from)));
  const test = parseCifar10(beside.bytes, beside.file.from);
  const counts = [train.labels.shape[0], test.labels.shape[0]];
  source.record({
    dataset: "cifar10",
    origin: file.origin,
    from: file.from,
    records: counts[0] + counts[1],
    note: `${counts[0]} training (${training.length} of 5 files) and ${counts[1]} test images`,
  });
  return { train, test };
}

function join(parts: readonly ImageDataset[]): ImageDataset {
  const count = parts.reduce((sum, { labels }) => sum + labels.data.length, 0);
  const images = new Uint8Array(count * 3072);
  const labels = new Int32Array(count);
  let start = 0;
  for (const part of parts) {
    images.set(part.images.data, start * 3072);
    labels.set(part.labels.data, start);
    start += part.labels.data.length;
  }
  return { images: { data: images, shape: [count, 3, 32, 32] }, labels: { data: labels, shape: [count] } };
}

function fileNames(name: string): string[] {
  return [`cifar10/${name}`, `cifar-10-batches-bin/${name}`, name];
}
