import { lineFigure, type VegaLiteSpec } from "@paperworks/experiment";

/** Test accuracy against the number of hops, every seed a point. */
export function hopAccuracyFigure(rows: readonly { depth: number; accuracies: readonly number[] }[]): VegaLiteSpec {
  const values = rows.flatMap(({ depth, accuracies }) => accuracies.map((accuracy) => ({ depth, accuracy })));
  const x = { field: "depth", type: "ordinal", title: "hops D_p" };
  const y = { field: "accuracy", type: "quantitative", title: "test accuracy (%)", scale: { zero: false } };
  return {
    data: { values },
    layer: [
      { mark: { type: "line" }, encoding: { x, y: { ...y, aggregate: "mean" } } },
      { mark: { type: "point", filled: true, opacity: 0.6 }, encoding: { x, y } },
    ],
  };
}

/** The mean smoothing level of the nodes against the number of hops. */
export const graphSmoothingFigure = (rows: readonly { hop: number; level: number }[]): VegaLiteSpec =>
  lineFigure(rows, {
    x: { field: "hop", title: "hop k" },
    y: { field: "level", title: "graph smoothing level" },
    points: true,
  });

/** Accuracy over both depths, plain beside residual. */
export function heatMapFigure(
  values: readonly { depth: number; layers: number; variant: string; accuracy: number }[],
): VegaLiteSpec {
  return {
    data: { values },
    facet: { column: { field: "variant", type: "nominal", title: null } },
    spec: {
      width: 220,
      height: 220,
      mark: "rect",
      encoding: {
        x: { field: "layers", type: "ordinal", title: "layers D_t" },
        y: { field: "depth", type: "ordinal", title: "hops D_p", sort: "descending" },
        color: { field: "accuracy", type: "quantitative", title: "test %", scale: { scheme: "viridis" } },
      },
    },
  };
}
