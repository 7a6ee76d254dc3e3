import { Random } from "@paperworks/data";
import type { SettingValue } from "@paperworks/experiment";
import type { Axis } from "./axes.ts";
import { SweepError } from "./errors.ts";

/** The settings of one run of a sweep, those of its axes alone. */
export type Point = Readonly<Record<string, SettingValue>>;

/** More runs than this are a mistake. */
const mostPoints = 10_000;

/** Every combination of the axes' values, the last axis going fastest. @throws SweepError for a range */
export function gridPoints(axes: readonly Axis[]): Point[] {
  const count = axes.reduce((product, axis) => product * ("values" in axis ? axis.values.length : 1), 1);
  if (count > mostPoints) throw new SweepError(`a sweep takes up to ${mostPoints} points, not ${count}`);
  return axes.reduce<Point[]>(
    (points, axis) => {
      if (!("values" in axis)) {
        throw new SweepError(`${axis.name} is a range, ${axis.low}..${axis.high}: say how many random points to take`);
      }
      return points.flatMap((point) => axis.values.map((value) => ({ ...point, [axis.name]: value })));
    },
    [{}],
  );
}

/**
 * Points drawn one by one, each axis by itself: a value of those given, or a number of the range, uniformly or uniformly
 * in its logarithm, to six digits. The first of more points are those of fewer.
 */
export function randomPoints(axes: readonly Axis[], { count, seed }: { count: number; seed: number }): Point[] {
  if (count > mostPoints) throw new SweepError(`a sweep takes up to ${mostPoints} points, not ${count}`);
  const random = new Random(seed);
  return Array.from({ length: count }, () => Object.fromEntries(axes.map((axis) => [axis.name, draw(axis, random)])));
}

function draw(axis: Axis, random: Random): SettingValue {
  if ("values" in axis) return random.choice(axis.values);
  const { low, high, log, integer } = axis;
  const share = random.uniform();
  // A whole number stands for the interval half around it, so that the ends are as likely as the others.
  const [from, to] = integer ? [low - 0.5, high + 0.5] : [low, high];
  const drawn = log ? low * (high / low) ** share : from + share * (to - from);
  const value = integer ? Math.round(drawn) : Number(drawn.toPrecision(6));
  return Math.min(high, Math.max(low, value));
}
