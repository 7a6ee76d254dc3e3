import type { Random } from "../random.ts";

/** A pattern over the plane: 0 … 1 at a point; lengths in image widths. */
export type Pattern = (x: number, y: number) => number;

/** One random pattern: stripes, checks, dots or a smooth cloud, of random direction, phase and 3 to 9 periods a width. */
export function randomPattern(random: Random): Pattern {
  const angle = random.uniform(0, Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const frequency = 2 * Math.PI * random.uniform(3, 9);
  const [phaseU, phaseV] = [random.uniform(0, 6.3), random.uniform(0, 6.3)];
  const u = (x: number, y: number): number => Math.sin(frequency * (cos * x + sin * y) + phaseU);
  const v = (x: number, y: number): number => Math.sin(frequency * (cos * y - sin * x) + phaseV);
  const patterns: Pattern[] = [
    (x, y) => 0.5 + 0.5 * u(x, y),
    (x, y) => (u(x, y) * v(x, y) > 0 ? 1 : 0),
    (x, y) => (u(x, y) + v(x, y) > 1 ? 1 : 0),
    cloud(random),
  ];
  return random.choice(patterns);
}

/** The mean of five waves of random direction and wavelength. */
function cloud(random: Random): Pattern {
  const waves = Array.from({ length: 5 }, () => ({
    x: random.normal(0, 12),
    y: random.normal(0, 12),
    phase: random.uniform(0, 6.3),
  }));
  return (x, y) => {
    let sum = 0;
    for (const wave of waves) sum += Math.sin(wave.x * x + wave.y * y + wave.phase);
    return 0.5 + sum / (2 * waves.length);
  };
}
