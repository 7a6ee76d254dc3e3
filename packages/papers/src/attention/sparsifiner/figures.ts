import { lineFigure, scatterFigure, type VegaLiteSpec } from "@paperworks/experiment";
import type { QueryConnections } from "./connections.ts";
import type { Choice } from "./coverage.ts";
import type { TimedExecution } from "./execution-timing.ts";

export type TradeOffRow = { system: string; seed: number; macs: number; accuracy: number };

/** Accuracy against the cost of the whole network. */
export const tradeOffFigure = (rows: readonly TradeOffRow[]): VegaLiteSpec =>
  scatterFigure(rows, {
    x: { field: "macs", title: "million multiply-accumulates an image", zero: false },
    y: { field: "accuracy", title: "test accuracy, %", zero: false },
    by: "system",
  });

export type CoverageRow = { choice: Choice; keep: string; coverage: number };

/** Attention mass inside the masks, by choice of keys and budget. */
export const coverageFigure = (values: readonly CoverageRow[]): VegaLiteSpec => ({
  data: { values },
  width: 320,
  height: 220,
  mark: "bar",
  encoding: {
    x: { field: "keep", type: "nominal", title: "share of keys kept", axis: { labelAngle: 0 } },
    xOffset: { field: "choice" },
    y: { field: "coverage", type: "quantitative", title: "attention mass inside the mask" },
    color: { field: "choice", type: "nominal", title: null },
  },
});

/** Time of a layer against the share of keys kept. */
export const executionFigure = (rows: readonly TimedExecution[]): VegaLiteSpec =>
  lineFigure(rows, {
    x: { field: "keep", title: "share of keys kept" },
    y: { field: "milliseconds", title: "one layer, 577 tokens, ms" },
    by: "execution",
    points: true,
  });

export type Picture = {
  /** Pixels a side, and patches a side. */
  side: number;
  grid: number;
  /** Hexadecimal colours, row by row. */
  colors: readonly string[];
  queries: readonly QueryConnections[];
};

const panels = [
  ["learned", "Sparsifiner"],
  ["window", "window"],
  ["oracle", "oracle"],
] as const;

/**
 * An image three times: the patches that the one under the pointer attends to, as learned, in a window, and by the true attention,
 * for a share of keys that a slider sets.
 */
export function connectionsFigure({ side, grid, colors, queries }: Picture): VegaLiteSpec {
  const tokens = grid * grid + 1;
  const axis = (field: string, reverse: boolean) => ({
    field,
    type: "quantitative",
    axis: null,
    scale: { domain: [0, side], nice: false, reverse },
  });
  /** Left, top, right and bottom of the square of this index on a grid. */
  const square = (index: string, columns: number) => [
    { calculate: `datum.${index} % ${columns} * ${side / columns}`, as: "left" },
    { calculate: `floor(datum.${index} / ${columns}) * ${side / columns}`, as: "top" },
    { calculate: `datum.left + ${side / columns}`, as: "right" },
    { calculate: `datum.top + ${side / columns}`, as: "bottom" },
  ];
  const box = { x: axis("left", false), x2: { field: "right" }, y: axis("top", true), y2: { field: "bottom" } };
  const colorOfPixel = { field: "color", type: "nominal", scale: null };
  const panel = ([field, title]: (typeof panels)[number]) => ({
    title,
    width: 220,
    height: 220,
    layer: [
      {
        data: { name: "pixels" },
        transform: square("pixel", side),
        // An outline of its own colour closes the seams between pixels.
        mark: { type: "rect", strokeWidth: 0.7, tooltip: null },
        encoding: { ...box, fill: colorOfPixel, stroke: colorOfPixel },
      },
      {
        data: { name: "queries" },
        transform: [
          { filter: { param: "patch", empty: false } },
          { calculate: `sequence(${grid * grid})`, as: "key" },
          { flatten: ["key", field], as: ["key", "place"] },
          { filter: `datum.place < ceil(keep * ${tokens})` },
          ...square("key", grid),
        ],
        mark: { type: "rect", color: "#ffd400", fillOpacity: 0.45, stroke: "#ffd400", strokeWidth: 1.5, tooltip: null },
        encoding: box,
      },
      {
        data: { name: "queries" },
        transform: [{ filter: { param: "patch", empty: false } }, ...square("query", grid)],
        mark: { type: "rect", fillOpacity: 0, stroke: "#e4003a", strokeWidth: 3, tooltip: null },
        encoding: box,
      },
      {
        name: `${field}_patches`,
        data: { name: "queries" },
        transform: square("query", grid),
        mark: { type: "rect", opacity: 0, tooltip: null },
        encoding: box,
      },
    ],
  });
  return {
    params: [
      {
        name: "keep",
        value: 0.25,
        bind: { input: "range", min: 0.02, max: 1, step: 0.01, name: "share of keys kept " },
      },
      {
        name: "patch",
        select: { type: "point", on: "pointerover", clear: false, toggle: false, fields: ["query"] },
        value: [{ query: Math.floor((grid * grid + grid) / 2) }],
        views: panels.map(([field]) => `${field}_patches`),
      },
    ],
    datasets: {
      pixels: colors.map((color, pixel) => ({ pixel, color })),
      queries,
    },
    hconcat: panels.map(panel),
  };
}
