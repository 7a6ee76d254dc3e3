import type { FloatImages, Photographs } from "@paperworks/data/images";

/** Photographs of half the side, each pixel the mean of a square of four. */
export function pooledPhotographs({ train, test }: Photographs): { train: FloatImages; test: FloatImages } {
  return { train: pooled(train), test: pooled(test) };
}

function pooled({ images: { data, shape }, labels }: FloatImages): FloatImages {
  const [count, channels, height, width] = shape;
  const [rows, columns] = [height / 2, width / 2];
  const means = new Float32Array(count * channels * rows * columns);
  for (let i = 0; i < means.length; i++) {
    const [plane, row, column] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    const at = (plane * height + 2 * row) * width + 2 * column;
    means[i] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1]) / 4;
  }
  return { images: { data: means, shape: [count, channels, rows, columns] }, labels };
}
