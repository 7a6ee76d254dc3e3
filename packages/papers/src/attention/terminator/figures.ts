import { encodeAxis, type VegaLiteSpec } from "@paperworks/experiment";

export type KernelCell = { block: string; what: string; row: number; column: number; value: number };

/** Kernels of one channel and the maps that they made, a row a block, before and after training. */
export const kernelFigure = (cells: readonly KernelCell[]): VegaLiteSpec => ({
  data: { values: cells },
  facet: {
    row: { field: "block", type: "nominal", title: null },
    column: { field: "what", type: "ordinal", title: null, sort: null },
  },
  spec: {
    width: 110,
    height: 110,
    mark: "rect",
    encoding: {
      x: { field: "column", type: "ordinal", axis: null },
      y: { field: "row", type: "ordinal", axis: null },
      color: { field: "value", type: "quantitative", title: null, scale: { scheme: "blueorange", domainMid: 0 } },
    },
  },
  resolve: { scale: { color: "independent" } },
});

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
export const costFigure = (rows: readonly CostRow[]): VegaLiteSpec => ({
  data: { values: rows },
  mark: { type: "point", filled: true, size: 90 },
  encoding: {
    x: encodeAxis({ field: "macs", title: "multiply-accumulates an image", log: 10 }),
    y: encodeAxis({ field: "accuracy", title: "test accuracy, %", zero: false }),
    color: { field: "system", type: "nominal", title: null },
  },
});
