import type { ImageDataset } from "../column.ts";
import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";
import { type Pattern, randomPattern } from "./textures.ts";

/** Whether a point is inside a shape that fills about the square from −1 to 1. */
type Inside = (x: number, y: number) => boolean;

const radius = Math.hypot;
const within = (x: number, y: number, half: number): boolean => Math.max(Math.abs(x), Math.abs(y)) < half;

/** The ten shapes, by class. */
const shapes: readonly (readonly [name: string, inside: Inside])[] = [
  ["disk", (x, y) => radius(x, y) < 0.9],
  ["ring", (x, y) => radius(x, y) < 0.95 && radius(x, y) > 0.5],
  ["square", (x, y) => within(x, y, 0.75)],
  ["frame", (x, y) => within(x, y, 0.85) && !within(x, y, 0.45)],
  ["triangle", (x, y) => y > -0.6 && y < 0.9 - 1.7 * Math.abs(x)],
  ["cross", (x, y) => within(x, y, 0.95) && Math.min(Math.abs(x), Math.abs(y)) < 0.3],
  ["star", (x, y) => radius(x, y) < 0.65 + 0.35 * Math.cos(5 * Math.atan2(y, x))],
  ["crescent", (x, y) => radius(x, y) < 0.95 && radius(x - 0.45, y) > 0.7],
  ["bars", (x, y) => within(x, y, 0.9) && Math.abs(x) > 0.3],
  ["hourglass", (x, y) => Math.abs(y) < 0.9 && Math.abs(x) < 0.1 + 0.8 * Math.abs(y)],
];

/** Class names by label. */
export const shapeClasses: readonly string[] = shapes.map(([name]) => name);

/**
 * Generated colour images that stand in for small photographs: one of ten shapes, anywhere, turned, scaled and squeezed, with a
 * texture of two colours before a ground with a texture of two others. Neither colour nor texture tells the class. Classes are
 * balanced (counts differ by one at most) and in random order.
 *
 * @returns images [count, 3, size, size] uint8, labels [count] int32
 * @throws DomainError for a count below 1 or a size outside 8 … 1024
 */
export function texturedShapes({
  count,
  seed,
  size = 32,
}: {
  count: number;
  seed: number;
  /** Height and width in pixels. */
  size?: number;
}): ImageDataset {
  checkInteger("count", count, 1, 10_000_000);
  checkInteger("size", size, 8, 1024);
  const random = new Random(seed);
  const scene = random.fork("scene");
  const labels = random.fork("labels").shuffle(Int32Array.from({ length: count }, (_, i) => i % shapes.length));
  const images = new Uint8Array(count * 3 * size * size);
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * 3 * size * size, (i + 1) * 3 * size * size);
    drawScene(image, size, shapes[labels[i]][1], scene);
  }
  return { images: { data: images, shape: [count, 3, size, size] }, labels: { data: labels, shape: [count] } };
}

type Colour = readonly [red: number, green: number, blue: number];

const randomColour = (random: Random, low: number, high: number): Colour => [
  random.uniform(low, high),
  random.uniform(low, high),
  random.uniform(low, high),
];

function drawScene(image: Uint8Array, size: number, inside: Inside, random: Random): void {
  const angle = random.uniform(-0.6, 0.6);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [width, height] = [random.uniform(0.22, 0.42), random.uniform(0.22, 0.42)];
  const [left, top] = [random.uniform(0.35, 0.65), random.uniform(0.35, 0.65)];
  // Light before dark or dark before light.
  const [front, back]: [number, number][] =
    random.uniform() < 0.5
      ? [
          [130, 255],
          [0, 125],
        ]
      : [
          [0, 125],
          [130, 255],
        ];
  const figure = painter(randomPattern(random), randomColour(random, ...front), randomColour(random, ...front));
  const ground = painter(randomPattern(random), randomColour(random, ...back), randomColour(random, ...back));
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [(column + 0.5) / size, (row + 0.5) / size];
      const [dx, dy] = [x - left, top - y];
      const paint = inside((cos * dx + sin * dy) / width, (cos * dy - sin * dx) / height) ? figure : ground;
      const colour = paint(x, y);
      for (let channel = 0; channel < 3; channel++) {
        const noisy = colour[channel] + random.normal(0, 12);
        image[(channel * size + row) * size + column] = Math.min(255, Math.max(0, Math.round(noisy)));
      }
    }
  }
}

const painter =
  (pattern: Pattern, from: Colour, to: Colour) =>
  (x: number, y: number): Colour => {
    const share = pattern(x, y);
    return [
      from[0] + share * (to[0] - from[0]),
      from[1] + share * (to[1] - from[1]),
      from[2] + share * (to[2] - from[2]),
    ];
  };
