import { lineFigure, type VegaLiteSpec } from "@paperworks/experiment";

export type GateCell = { place: number; character: string; dimension: number; alpha: number };

/** Characters along x, dimensions of the keys along y, colour how much is kept: which characters wipe the memory. */
export function gateMap(values: readonly GateCell[]): VegaLiteSpec {
  const characters = [...new Map(values.map(({ place, character }) => [place, character])).values()];
  const axis = {
    labelExpr: `${JSON.stringify(characters)}[datum.value]`,
    labelAngle: 0,
    labelOverlap: false,
    ticks: false,
  };
  return {
    data: { values },
    width: 640,
    height: 220,
    mark: "rect",
    encoding: {
      x: { field: "place", type: "ordinal", title: "character", axis },
      y: { field: "dimension", type: "ordinal", title: "dimension of the keys" },
      color: { field: "alpha", type: "quantitative", title: "α", scale: { scheme: "viridis" } },
      tooltip: [{ field: "character" }, { field: "alpha" }],
    },
  };
}

export type SpeedRow = { operator: string; length: number; milliseconds: number };

/** Time against length, both on logarithmic axes. */
export const speedFigure = (rows: readonly SpeedRow[]): VegaLiteSpec =>
  lineFigure(rows, {
    x: { field: "length", title: "length", log: 2 },
    y: { field: "milliseconds", title: "forward and backward, ms", log: 10 },
    by: "operator",
    points: true,
  });

export type PositionRow = { model: string; position: number; loss: number };

export const positionFigure = (values: readonly PositionRow[], trained: number): VegaLiteSpec => ({
  layer: [
    {
      data: { values },
      mark: { type: "line", point: true },
      encoding: {
        x: { field: "position", type: "quantitative", title: "position in the window" },
        y: { field: "loss", type: "quantitative", title: "test loss, nats a character", scale: { zero: false } },
        color: { field: "model", type: "nominal", title: null },
      },
    },
    {
      data: { values: [{ trained }] },
      mark: { type: "rule", strokeDash: [4, 4] },
      encoding: { x: { field: "trained", type: "quantitative" } },
    },
  ],
});
