import type { ArrayBatch } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { DomainError } from "../errors.ts";

/**
 * Grey images read pixel by pixel, row after row, each pixel the mean of a square of them: what is near on paper stands a whole
 * row apart.
 *
 * @param images [N, height, width], 0 … 255
 * @param pool   side of the squares, a divisor of height and width
 * @returns      [N, height/pool · width/pool], 0 … 1
 * @throws DomainError for other shapes, or a side that does not divide them
 */
export function pixelSequence({ data, shape }: ArrayBatch<Uint8Array>, { pool = 1 } = {}): ArrayBatch<Float32Array> {
  if (shape.length !== 3) throw new DomainError("images.shape", shape, "[N, height, width]");
  const [count, height, width] = shape;
  checkInteger("pool", pool, 1);
  if (height % pool !== 0 || width % pool !== 0)
    throw new DomainError("pool", pool, `a divisor of height ${height} and width ${width}`);
  const [rows, columns] = [height / pool, width / pool];
  const pixels = new Float32Array(count * rows * columns);
  for (let i = 0; i < count * height * width; i++) {
    const [row, column] = [Math.floor((i % (height * width)) / width), i % width];
    const image = Math.floor(i / (height * width));
    pixels[(image * rows + Math.floor(row / pool)) * columns + Math.floor(column / pool)] += data[i];
  }
  const most = 255 * pool * pool;
  return { data: pixels.map((sum) => sum / most), shape: [count, rows * columns] };
}
