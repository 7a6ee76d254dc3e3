import type { ImageDataset } from "../column.ts";
import { DataFormatError } from "../errors.ts";

const pixels = 3 * 32 * 32;

/**
 * Reads a CIFAR-10 binary file: a record is one label byte (0 … 9) and 3,072 bytes of pixels, channel first (red, green,
 * blue), each 32 × 32 row-major.
 *
 * @returns images [N, 3, 32, 32], labels [N]
 * @throws DataFormatError if the length is not a whole number of records, or a label is above 9
 * Source: A. Krizhevsky, "The CIFAR-10 dataset", section "Binary version".
 */
export function parseCifar10(bytes: Uint8Array, file: string): ImageDataset {
  const count = Math.floor(bytes.length / (pixels + 1));
  if (count === 0 || bytes.length % (pixels + 1) !== 0) {
    const found = `${bytes.length} bytes, ${bytes.length % (pixels + 1)} more than ${count} records`;
    throw new DataFormatError(file, found, `a positive multiple of ${pixels + 1} bytes`);
  }
  const images = new Uint8Array(count * pixels);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const start = i * (pixels + 1);
    const label = bytes[start];
    if (label > 9)
      throw new DataFormatError(file, `label ${label} in record ${i} (byte ${start})`, "a class from 0 to 9");
    labels[i] = label;
    images.set(bytes.subarray(start + 1, start + 1 + pixels), i * pixels);
  }
  return { images: { data: images, shape: [count, 3, 32, 32] }, labels: { data: labels, shape: [count] } };
}
