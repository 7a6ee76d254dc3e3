import { type CurveRow, encodeAxis, lineFigure, mean, trainingFigure, type VegaLiteSpec } from "@paperworks/experiment";
import type { RecurrentTiles } from "@paperworks/kernels";
import type { PropagationRow } from "./propagation-rows.ts";
import type { SpeedRow } from "./speed-grid.ts";
import type { Tracked } from "./state-tracking.ts";

/** Time of a step by backend; rows, hidden size, cell and pass are chosen below. */
export const speedFigure = (values: readonly SpeedRow[]): VegaLiteSpec => ({
  params: [
    { name: "rows", value: 0, bind: { input: "range", min: 0, max: 4, step: 2, name: "log₂ of the batch " } },
    { name: "units", value: 8, bind: { input: "range", min: 7, max: 8, step: 1, name: "log₂ of the hidden size " } },
    { name: "kind", value: "lstm", bind: { input: "select", options: ["lstm", "slstm"], name: "cell " } },
    {
      name: "way",
      value: "forward",
      bind: { input: "select", options: ["forward", "forward and backward"], name: "pass " },
    },
  ],
  transform: [
    {
      filter:
        "datum.batch === pow(2, rows) && datum.hidden === pow(2, units) && datum.cell === kind && datum.pass === way",
    },
  ],
  ...lineFigure(values, {
    x: { field: "dim", title: "units of a head", log: 2 },
    y: { field: "microseconds", title: "µs a step", log: 10 },
    by: "backend",
    points: true,
  }),
});

export type TileRow = RecurrentTiles & { microseconds: number; chosen: boolean };

/** Time of every tile, by its depth, rows and vectors. */
export const tilesFigure = (tiles: readonly TileRow[]): VegaLiteSpec => ({
  data: {
    values: tiles.map((tile) => ({
      ...tile,
      tile: `${tile.rows} × ${tile.vectors}`,
      by: tile.chosen ? "solver" : "–",
    })),
  },
  mark: { type: "point", filled: true, size: 80 },
  encoding: {
    x: encodeAxis({ field: "block", title: "depth of a block", log: 2 }),
    y: encodeAxis({ field: "microseconds", title: "µs a step", log: 10 }),
    color: { field: "tile", type: "nominal", title: "rows × vectors" },
    shape: { field: "by", type: "nominal", title: "chosen by" },
  },
});

/** The values left of each variable after every propagation, a slider over the steps, and the tile on the matrix. */
export function propagationFigure(values: readonly PropagationRow[], tile: RecurrentTiles, dim: number): VegaLiteSpec {
  const last = Math.max(...values.map(({ step }) => step));
  const width = 4 * tile.vectors;
  const cells = Array.from({ length: (dim / width) * (dim / tile.block) }, (_, i) => {
    const [row, column] = [Math.floor(i / (dim / width)), i % (dim / width)];
    return {
      unit: column * width,
      unitEnd: (column + 1) * width,
      k: row * tile.block,
      kEnd: (row + 1) * tile.block,
      first: i === 0,
    };
  });
  return {
    params: [{ name: "shown", value: 0, bind: { input: "range", min: 0, max: last, step: 1, name: "propagation " } }],
    hconcat: [
      {
        width: 420,
        height: 220,
        data: { values },
        transform: [{ filter: "datum.step === shown" }],
        mark: { type: "point", filled: true },
        encoding: {
          x: { ...encodeAxis({ field: "value", title: "possible values", log: 2 }) },
          y: { field: "variable", type: "nominal", title: null },
          color: { field: "choice", type: "nominal", title: "chosen last" },
        },
      },
      {
        width: 220,
        height: 220,
        data: { values: cells },
        mark: { type: "rect", stroke: "#888888", strokeWidth: 0.5 },
        encoding: {
          x: { field: "unit", type: "quantitative", title: "unit", scale: { domain: [0, dim] } },
          x2: { field: "unitEnd" },
          y: { field: "k", type: "quantitative", title: "k", scale: { domain: [dim, 0] } },
          y2: { field: "kEnd" },
          color: {
            field: "first",
            type: "nominal",
            title: "tile",
            scale: { range: ["#f2f2f2", "#e6761b"] },
            legend: null,
          },
        },
      },
    ],
    resolve: { scale: { color: "independent" } },
  };
}

const stretch = 8;

/** Accuracy by position, means of eight positions and of all seeds; the rule marks the longest sequence of the training. */
export function accuracyFigure(runs: Readonly<Record<string, readonly Tracked[]>>, trained: number): VegaLiteSpec {
  const rows = Object.entries(runs).flatMap(([system, all]) =>
    Array.from({ length: all[0].accuracy.length / stretch }, (_, i) => ({
      system,
      position: (i + 1) * stretch,
      accuracy: mean(all.map(({ accuracy }) => mean(accuracy.slice(i * stretch, (i + 1) * stretch)))),
    })),
  );
  const lines = lineFigure(rows, {
    x: { field: "position", title: "position" },
    y: { field: "accuracy", title: "share of right answers", zero: false },
    by: "system",
  });
  return {
    layer: [
      lines,
      {
        data: { values: [{ trained }] },
        mark: { type: "rule", strokeDash: [4, 4] },
        encoding: { x: { field: "trained", type: "quantitative" } },
      },
    ],
  };
}

export const trackingFigure = (rows: readonly CurveRow[]): VegaLiteSpec =>
  trainingFigure(rows, "training loss, nats a step");
