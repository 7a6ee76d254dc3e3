import { scatterFigure, type VegaLiteSpec } from "@paperworks/experiment";
import type { KernelImage } from "./kernel-images.ts";

/** The images that pass the filters, a datum a cell: row, column and value. */
const cellsOf = (side: number, ...filters: readonly unknown[]): object[] => [
  ...filters.map((filter) => ({ filter })),
  { calculate: "split(datum.percent, ' ')", as: "percent" },
  { flatten: ["percent"] },
  { window: [{ op: "row_number", as: "place" }], groupby: ["what", "block", "step", "channel"] },
  { calculate: `floor((datum.place - 1) / ${side})`, as: "row" },
  { calculate: `(datum.place - 1) % ${side}`, as: "column" },
  { calculate: "datum.percent * datum.largest / 100", as: "value" },
];

/** Kernels have both signs, activations hardly more than one. */
const colours = { kernel: { scheme: "blueorange", domainMid: 0 }, activations: { scheme: "viridis" } };

/** An image as a square. @param more properties of its marks, and encodings */
const squareOf = (pixels: number, color: object, { mark, encoding }: { mark?: object; encoding?: object } = {}) => ({
  width: pixels,
  height: pixels,
  // Read aloud, thousands of cells would say nothing.
  mark: { type: "rect", aria: false, ...mark },
  encoding: {
    x: { field: "column", type: "ordinal", axis: null },
    y: { field: "row", type: "ordinal", axis: null },
    color: { field: "value", type: "quantitative", title: null, ...color },
    tooltip: [
      { field: "channel", type: "quantitative" },
      { field: "value", type: "quantitative", format: ".3" },
    ],
    ...encoding,
  },
});

/**
 * Of one channel the kernels of all blocks while they are trained, beside the activations that they multiply. Above them the first
 * block's kernels of all channels: where the figure is live, a click on one or the field below chooses it.
 *
 * @param side H of the square kernels
 */
export function kernelFigure(images: readonly KernelImage[], side: number): VegaLiteSpec {
  const channels = [...new Set(images.map(({ channel }) => channel))].sort((a, b) => a - b);
  const last = Math.max(...images.map(({ step }) => step));
  const panel = (what: KernelImage["what"], title: string) => ({
    title,
    transform: cellsOf(side, { param: "chosen", empty: false }, { field: "what", equal: what }),
    facet: {
      row: { field: "block", type: "ordinal", title: "block" },
      column: { field: "step", type: "ordinal", title: "step" },
    },
    spacing: 4,
    spec: squareOf(5 * side, { scale: colours[what] }),
  });
  return {
    data: { values: images },
    params: [
      {
        name: "chosen",
        select: { type: "point", fields: ["channel"], on: "click", clear: false, toggle: false },
        value: [{ channel: channels[0] }],
        bind: { channel: { input: "select", options: channels, name: "channel" } },
        views: ["channels"],
      },
    ],
    vconcat: [
      {
        title: `the first block's kernels after ${last} steps, by channel`,
        transform: cellsOf(
          side,
          { field: "what", equal: "kernel" },
          { field: "block", equal: 1 },
          { field: "step", equal: last },
        ),
        facet: { field: "channel", type: "ordinal", title: null },
        columns: 6,
        spacing: 4,
        spec: {
          name: "channels",
          ...squareOf(
            3 * side,
            { scale: colours.kernel, legend: null },
            {
              mark: { cursor: "pointer" },
              encoding: { opacity: { condition: { param: "chosen", value: 1 }, value: 0.5 } },
            },
          ),
        },
      },
      {
        hconcat: [panel("kernel", "kernels"), panel("activations", "activations that they multiply")],
        resolve: { scale: { color: "independent" } },
      },
    ],
    resolve: { scale: { color: "independent" } },
  };
}

export type MeanRow = { system: string; block: string; mean: number };

/** How far from 0 the channels' means are, block by block. */
export const meansFigure = (rows: readonly MeanRow[]): VegaLiteSpec => ({
  data: { values: rows },
  facet: {
    row: { field: "system", type: "nominal", title: null },
    column: { field: "block", type: "nominal", title: null },
  },
  spec: {
    width: 150,
    height: 110,
    mark: "bar",
    encoding: {
      x: { field: "mean", type: "quantitative", bin: { maxbins: 24 }, title: "mean of a channel" },
      y: { aggregate: "count", type: "quantitative", title: "channels" },
    },
  },
  resolve: { scale: { x: "independent" } },
});

export type CostRow = { system: string; parameters: number; macs: number; accuracy: number };

/** Accuracy against work. */
export const costFigure = (rows: readonly CostRow[]): VegaLiteSpec =>
  scatterFigure(rows, {
    x: { field: "macs", title: "multiply-accumulates an image", log: 10 },
    y: { field: "accuracy", title: "test accuracy, %", zero: false },
    by: "system",
  });
