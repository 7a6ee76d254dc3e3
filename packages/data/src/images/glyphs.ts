/** A pen stroke: points x0, y0, x1, y1, … in the unit square, x to the right, y down. */
export type Stroke = readonly number[];

/** A glyph's skeleton. */
export type Glyph = readonly Stroke[];

/** Points of an elliptical arc; angles in degrees, 0 to the right, 90 down. */
function arc(x: number, y: number, rx: number, ry: number, from: number, to: number): number[] {
  const steps = Math.max(4, Math.ceil(Math.abs(to - from) / 24));
  const points: number[] = [];
  for (let i = 0; i <= steps; i++) {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    points.push(x + rx * Math.cos(angle), y + ry * Math.sin(angle));
  }
  return points;
}

/** Straight strokes are cut into short pieces, so that they bend under an elastic deformation. */
function line(...corners: number[]): number[] {
  const points = corners.slice(0, 2);
  for (let i = 2; i < corners.length; i += 2) {
    const [x, y] = [corners[i - 2], corners[i - 1]];
    for (let step = 1; step <= 4; step++) {
      points.push(x + ((corners[i] - x) * step) / 4, y + ((corners[i + 1] - y) * step) / 4);
    }
  }
  return points;
}

/** Skeletons of the digits 0 … 9 as they are written by hand. */
export const digitGlyphs: readonly Glyph[] = [
  [arc(0.5, 0.5, 0.27, 0.4, -90, 270)],
  [line(0.36, 0.26, 0.52, 0.1, 0.52, 0.9)],
  [[...arc(0.49, 0.33, 0.26, 0.23, -170, 35), ...line(0.62, 0.54, 0.22, 0.9)], line(0.22, 0.9, 0.78, 0.9)],
  [arc(0.46, 0.3, 0.25, 0.2, -150, 90), arc(0.46, 0.7, 0.28, 0.2, -90, 150)],
  [line(0.58, 0.1, 0.2, 0.62, 0.82, 0.62), line(0.62, 0.36, 0.62, 0.92)],
  [[...line(0.74, 0.1, 0.31, 0.1, 0.28, 0.46), ...arc(0.47, 0.66, 0.27, 0.24, -135, 140)]],
  [[...arc(0.7, 0.6, 0.43, 0.5, -95, -180), ...arc(0.5, 0.69, 0.23, 0.21, -180, 180)]],
  [line(0.22, 0.1, 0.78, 0.1, 0.42, 0.9)],
  [arc(0.5, 0.3, 0.2, 0.19, 90, 450), arc(0.5, 0.7, 0.25, 0.21, -90, 270)],
  [[...arc(0.49, 0.32, 0.22, 0.21, 0, 360), ...line(0.71, 0.32, 0.64, 0.9)]],
];
