import type { VegaLiteSpec } from "./context.ts";

/** What every figure's specification names as its language. */
export const vegaLiteSchema = "https://vega.github.io/schema/vega-lite/v6.json";

/** A quantity along an axis of a figure. */
export interface FigureAxis {
  /** The field of the rows. */
  field: string;
  /** With its unit. */
  title: string;
  /** The base of a logarithmic axis. */
  log?: number;
  /** Whether the axis begins at 0 (a linear one does when absent). */
  zero?: boolean;
}

/** The encoding of an axis. */
export function encodeAxis({ field, title, log, zero }: FigureAxis): VegaLiteSpec {
  const scale = { ...(log === undefined ? {} : { type: "log", base: log }), ...(zero === undefined ? {} : { zero }) };
  return { field, type: "quantitative", title, ...(Object.keys(scale).length === 0 ? {} : { scale }) };
}

/**
 * Lines of one quantity against another.
 *
 * @param rows   the points, in any order
 * @param by     the field that tells the lines apart, in colour; a single line when absent
 * @param detail a field that tells lines of one colour apart, such as the seed
 */
export function lineFigure(
  rows: readonly object[],
  {
    x,
    y,
    by,
    detail,
    points = false,
  }: { x: FigureAxis; y: FigureAxis; by?: string; detail?: string; points?: boolean },
): VegaLiteSpec {
  return {
    data: { values: rows },
    mark: points ? { type: "line", point: true } : { type: "line" },
    encoding: {
      x: encodeAxis(x),
      y: encodeAxis(y),
      ...(by === undefined ? {} : { color: { field: by, type: "nominal", title: null } }),
      ...(detail === undefined ? {} : { detail: { field: detail } }),
    },
  };
}

/**
 * One quantity against another, by system: a faint point a row, such as a seed, and a full one for the mean of y.
 *
 * @param rows a system's rows share their x
 */
export function scatterFigure(
  rows: readonly object[],
  { x, y, by }: { x: FigureAxis; y: FigureAxis; by: string },
): VegaLiteSpec {
  const color = { field: by, type: "nominal", title: null };
  const encoding = { x: encodeAxis(x), y: encodeAxis(y), color };
  return {
    data: { values: rows },
    width: 460,
    height: 280,
    layer: [
      { mark: { type: "point", filled: true, opacity: 0.3, size: 30 }, encoding },
      {
        mark: { type: "point", filled: true, size: 110 },
        encoding: { ...encoding, y: { ...encoding.y, aggregate: "mean" } },
      },
    ],
  };
}

/** A stretch of a training: the mean loss of the steps up to this one. */
export interface CurveRow {
  system: string;
  step: number;
  loss: number;
}

/** Training losses of several systems. @param unit what the loss is, such as "training loss, nats a character" */
export const trainingFigure = (rows: readonly CurveRow[], unit = "training loss"): VegaLiteSpec =>
  lineFigure(rows, {
    x: { field: "step", title: "step" },
    y: { field: "loss", title: unit, zero: false },
    by: "system",
  });

/** The curves of several seeds as one: the mean at each of their steps, which they share. */
export function meanCurve(system: string, curves: readonly (readonly { step: number; loss: number }[])[]): CurveRow[] {
  return curves[0].map(({ step }, i) => ({
    system,
    step,
    loss: curves.reduce((sum, curve) => sum + curve[i].loss, 0) / curves.length,
  }));
}
