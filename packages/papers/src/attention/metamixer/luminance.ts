import { cifar10, type DataSource, type ImageDataset } from "@paperworks/data";
import { texturedShapes } from "@paperworks/data/images";

/** Grey images of one side, row by row, values 0 … 1. */
export interface GreyImages {
  /** [count, side, side] */
  readonly pixels: Float32Array;
  readonly count: number;
  readonly side: number;
}

/** Y = 0.299 R + 0.587 G + 0.114 B of the first images of a set, divided by 255. */
export function luminanceOf({ images: { data, shape } }: ImageDataset, count: number): GreyImages {
  const [, , side] = shape;
  const plane = side * side;
  const pixels = new Float32Array(count * plane);
  for (let i = 0; i < pixels.length; i++) {
    const red = 3 * plane * Math.floor(i / plane) + (i % plane);
    pixels[i] = (0.299 * data[red] + 0.587 * data[red + plane] + 0.114 * data[red + 2 * plane]) / 255;
  }
  return { pixels, count, side };
}

/** Luminance of the first photographs of CIFAR-10, or of textured shapes where its files are not there. */
export async function luminanceImages(
  source: DataSource,
  { train, test, seed }: { train: number; test: number; seed: number },
): Promise<{ train: GreyImages; test: GreyImages }> {
  const files = await cifar10(source);
  if (files) return { train: luminanceOf(files.train, train), test: luminanceOf(files.test, test) };
  const all = source.generated("cifar10", texturedShapes({ count: train + test, seed }), {
    from: `texturedShapes, seed ${seed}`,
    records: train + test,
  });
  const { pixels, side } = luminanceOf(all, train + test);
  const cut = train * side * side;
  return {
    train: { pixels: pixels.subarray(0, cut), count: train, side },
    test: { pixels: pixels.subarray(cut), count: test, side },
  };
}
