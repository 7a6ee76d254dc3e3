import { estimate, type Progress, type VegaLiteSpec } from "@paperworks/experiment";
import type { LoggedEvent } from "../event-log.ts";
import { palette } from "./palette.ts";

/** What one measure of a task reported over its steps, a series a seed. */
export interface Curve {
  readonly task: string;
  readonly measure: string;
  readonly seeds: readonly { readonly seed: number; readonly points: readonly CurvePoint[] }[];
}

export interface CurvePoint {
  readonly step: number;
  readonly value: number;
}

/** Mean over the seeds and its 90 % interval (Student's t); a single seed has no interval. */
export interface SpreadPoint {
  readonly step: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Points that a drawn curve has at most; a page of them stays small. */
const drawnPoints = 120;

/**
 * The curves in a run's events: its progress by task, measure and seed, in the order in which they appear. A run that
 * was gone on with reports some steps twice: the last report counts.
 */
export function curvesOf(events: readonly LoggedEvent[]): Curve[] {
  const curves = new Map<string, { task: string; measure: string; seeds: Map<number, Map<number, number>> }>();
  for (const event of events) {
    if (event.type !== "progress") continue;
    const { task, seed, report } = event as unknown as { task: string; seed: number; report: Progress };
    const { step, steps: _steps, ...measures } = report;
    for (const [measure, value] of Object.entries(measures)) {
      if (typeof value !== "number" || !Number.isFinite(value)) continue;
      const key = `${task}\n${measure}`;
      const curve = curves.get(key) ?? { task, measure, seeds: new Map() };
      curves.set(key, curve);
      const points = curve.seeds.get(seed) ?? new Map<number, number>();
      curve.seeds.set(seed, points.set(step, value));
    }
  }
  return [...curves.values()].map(({ task, measure, seeds }) => ({
    task,
    measure,
    seeds: [...seeds].map(([seed, points]) => ({
      seed,
      points: [...points].map(([step, value]) => ({ step, value })).sort((a, b) => a.step - b.step),
    })),
  }));
}

/**
 * Mean and interval over the seeds at steps between the first and the last that all seeds have reached, for seeds report
 * at steps of their own: between two reports a seed's value is on the line that joins them.
 */
export function spreadOf({ seeds }: Pick<Curve, "seeds">): SpreadPoint[] {
  const series = seeds.map(({ points }) => points).filter((points) => points.length > 0);
  if (series.length === 0) return [];
  const first = Math.max(...series.map((points) => points[0].step));
  const last = Math.min(...series.map((points) => points[points.length - 1].step));
  if (last < first) return [];
  const count = last === first ? 1 : drawnPoints;
  return Array.from({ length: count }, (_, index) => {
    const step = first + (count === 1 ? 0 : ((last - first) * index) / (count - 1));
    const { value, interval } = estimate(series.map((points) => valueAt(points, step)));
    return { step, mean: value, low: interval[0], high: interval[1] };
  });
}

/** A curve beside others in one picture, under the name of its run. */
export interface NamedCurve {
  readonly name: string;
  readonly curve: Curve;
}

/**
 * A picture of one measure: the mean as a line in its 90 % band, and each seed as a thin line.
 * @param curves one, or one a run
 * @param names  the runs that the page is about, each with the same colour in every picture; the page has the legend
 */
export function curveFigure(curves: readonly NamedCurve[], names = curves.map(({ name }) => name)): VegaLiteSpec {
  const scale = { domain: names, range: names.map((_, index) => palette[index % palette.length]) };
  const color = { color: { field: "run", type: "nominal", scale, legend: null } };
  const mean = curves.flatMap(({ name, curve }) => spreadOf(curve).map((point) => ({ run: name, ...point })));
  const seeds = curves.flatMap(({ name, curve }) =>
    curve.seeds.flatMap(({ seed, points }) => thinned(points).map((point) => ({ run: name, seed, ...point }))),
  );
  const x = { field: "step", type: "quantitative", title: "step", axis: { tickCount: 5, grid: false } };
  const y = (field: string) => ({ field, type: "quantitative", title: null, scale: { zero: false } });
  return {
    width: 280,
    height: 150,
    layer: [
      {
        data: { values: mean },
        mark: { type: "area", opacity: 0.22 },
        encoding: { x, y: y("low"), y2: { field: "high" }, ...color },
      },
      {
        data: { values: seeds },
        mark: { type: "line", opacity: 0.55, strokeWidth: 0.8 },
        encoding: { x, y: y("value"), detail: [{ field: "seed" }, { field: "run" }], ...color },
      },
      { data: { values: mean }, mark: { type: "line", strokeWidth: 2 }, encoding: { x, y: y("mean"), ...color } },
    ],
  } as unknown as VegaLiteSpec;
}

/** On the line between the two reports around a step. */
function valueAt(points: readonly CurvePoint[], step: number): number {
  let after = points.findIndex((point) => point.step >= step);
  if (after < 0) after = points.length - 1;
  const [b, a] = [points[after], points[Math.max(0, after - 1)]];
  if (b.step === a.step) return b.value;
  return a.value + ((b.value - a.value) * (step - a.step)) / (b.step - a.step);
}

/** Means of neighbours, so that no more than `drawnPoints` are left. */
function thinned(points: readonly CurvePoint[]): CurvePoint[] {
  if (points.length <= drawnPoints) return [...points];
  return Array.from({ length: drawnPoints }, (_, index) => {
    const part = points.slice(
      Math.floor((index * points.length) / drawnPoints),
      Math.floor(((index + 1) * points.length) / drawnPoints),
    );
    const mean = (of: (point: CurvePoint) => number) => part.reduce((sum, point) => sum + of(point), 0) / part.length;
    return { step: mean(({ step }) => step), value: mean(({ value }) => value) };
  });
}
