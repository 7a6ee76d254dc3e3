import type { Random } from "../random.ts";
import type { Glyph } from "./glyphs.ts";

/** How a glyph is distorted; every number is a standard deviation unless it is a range. Lengths in glyph heights. */
export interface Handwriting {
  /** Rotation, radians. */
  readonly rotation: number;
  readonly shear: number;
  /** Range of the scale of each axis. */
  readonly scale: readonly [number, number];
  readonly shift: number;
  /** Displacement of the knots of a smooth 4 × 4 field. */
  readonly elastic: number;
  /** Range of half the pen's width. */
  readonly pen: readonly [number, number];
  /** Range of the width over which ink fades to paper. */
  readonly blur: readonly [number, number];
}

/** Distortion that leaves digits legible, but out of reach of templates. */
export const handwriting: Handwriting = {
  rotation: 0.17,
  shear: 0.2,
  scale: [0.7, 1.05],
  shift: 0.055,
  elastic: 0.05,
  pen: [0.03, 0.07],
  blur: [0.03, 0.08],
};

/** Draws a glyph once in a new hand: affine map about the centre, elastic field, pen. Adds to `image` by maximum, 0 … 255. */
export function drawGlyph(image: Uint8Array, size: number, glyph: Glyph, style: Handwriting, random: Random): void {
  const place = distortion(style, random);
  // The glyph's unit square fills the middle four fifths, as the digits of MNIST do.
  const unit = size * 0.8;
  const half = random.uniform(...style.pen) * unit;
  const fade = Math.max(random.uniform(...style.blur) * unit, 1e-3);
  for (const stroke of glyph) {
    let [x, y] = place(stroke[0], stroke[1]);
    for (let i = 2; i < stroke.length; i += 2) {
      const [nextX, nextY] = place(stroke[i], stroke[i + 1]);
      drawSegment(image, size, x * size, y * size, nextX * size, nextY * size, half, fade);
      x = nextX;
      y = nextY;
    }
  }
}

/** A random map from the glyph's unit square to the image's. */
function distortion(style: Handwriting, random: Random): (x: number, y: number) => [number, number] {
  const angle = random.normal(0, style.rotation);
  const shear = random.normal(0, style.shear);
  const width = random.uniform(...style.scale) * 0.8;
  const height = random.uniform(...style.scale) * 0.8;
  const shiftX = random.normal(0, style.shift);
  const shiftY = random.normal(0, style.shift);
  const field = Float64Array.from({ length: 32 }, () => random.normal(0, style.elastic));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => {
    const dx = (x - 0.5 + displacement(field, 0, x, y)) * width;
    const dy = (y - 0.5 + displacement(field, 16, x, y)) * height;
    const sheared = dx + shear * dy;
    return [0.5 + shiftX + cos * sheared - sin * dy, 0.5 + shiftY + sin * sheared + cos * dy];
  };
}

/** Smooth interpolation between the 4 × 4 knots that begin at `start`. */
function displacement(field: Float64Array, start: number, x: number, y: number): number {
  const [column, u] = knot(x);
  const [row, v] = knot(y);
  const at = start + row * 4 + column;
  const upper = field[at] + u * (field[at + 1] - field[at]);
  const lower = field[at + 4] + u * (field[at + 5] - field[at + 4]);
  return upper + v * (lower - upper);
}

function knot(position: number): [number, number] {
  const scaled = Math.min(Math.max(position, 0), 1) * 3;
  const index = Math.min(2, Math.floor(scaled));
  const t = scaled - index;
  return [index, t * t * (3 - 2 * t)];
}

function drawSegment(
  image: Uint8Array,
  size: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
  half: number,
  fade: number,
): void {
  const reach = half + fade / 2;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const right = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach));
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const px = column + 0.5 - x0;
      const py = row + 0.5 - y0;
      const t = square === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / square));
      const distance = Math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2);
      const ink = Math.round(255 * Math.min(1, Math.max(0, 0.5 + (half - distance) / fade)));
      const at = row * size + column;
      if (ink > image[at]) image[at] = ink;
    }
  }
}
