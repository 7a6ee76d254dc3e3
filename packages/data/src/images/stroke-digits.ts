import type { ImageDataset } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";
import { digitGlyphs } from "./glyphs.ts";
import { drawGlyph, type Handwriting, handwriting } from "./pen.ts";

/**
 * Generated digits that stand in for MNIST: ten skeletons of pen strokes under a random affine map, a smooth elastic
 * deformation, pen width and blur. Classes are balanced (counts differ by one at most) and in random order.
 *
 * @returns images [count, size, size] uint8 (0 paper, 255 ink), labels [count] int32
 */
export function strokeDigits({
  count,
  seed,
  size = 28,
  style = {},
}: {
  /** How many images. */
  count: number;
  seed: number;
  /** Height and width in pixels. */
  size?: number;
  /** Distortion; parts not given are the default's. */
  style?: Partial<Handwriting>;
}): ImageDataset {
  checkInteger("count", count, 1, 10_000_000);
  checkInteger("size", size, 8, 1024);
  const random = new Random(seed);
  const hand = random.fork("hand");
  const labels = random.fork("labels").shuffle(Int32Array.from({ length: count }, (_, i) => i % digitGlyphs.length));
  const images = new Uint8Array(count * size * size);
  const mixed = { ...handwriting, ...style };
  for (let i = 0; i < count; i++) {
    drawGlyph(images.subarray(i * size * size, (i + 1) * size * size), size, digitGlyphs[labels[i]], mixed, hand);
  }
  return { images: { data: images, shape: [count, size, size] }, labels: { data: labels, shape: [count] } };
}
