import type { VegaLiteSpec } from "@paperworks/experiment";
import type { CurvePoint } from "./digits.ts";

export interface NamedCurve {
  system: string;
  seed: number;
  curve: readonly CurvePoint[];
}

const pointsOf = (curves: readonly NamedCurve[]) =>
  curves.flatMap(({ system, seed, curve }) => curve.map((point) => ({ system, seed, ...point })));

/** Test accuracy against steps, a thin line a seed. */
export function accuracyFigure(curves: readonly NamedCurve[]): VegaLiteSpec {
  return {
    data: { values: pointsOf(curves) },
    mark: { type: "line", opacity: 0.7 },
    encoding: {
      x: { field: "step", type: "quantitative", title: "step" },
      y: { field: "accuracy", type: "quantitative", title: "test accuracy", scale: { domain: [0, 1] } },
      color: { field: "system", type: "nominal", title: null },
      detail: { field: "seed" },
    },
  };
}

/** The hidden weights' rms against steps, with the walk that noise alone makes and the critical value. */
export function rmsFigure(
  curves: readonly NamedCurve[],
  walk: readonly { step: number; rms: number }[],
  critical: number,
): VegaLiteSpec {
  const x = { field: "step", type: "quantitative", title: "step" };
  const y = { field: "rms", type: "quantitative", title: "rms of hidden weights" };
  return {
    layer: [
      {
        data: { values: pointsOf(curves) },
        mark: { type: "line", opacity: 0.7 },
        encoding: { x, y, color: { field: "system", type: "nominal", title: null }, detail: { field: "seed" } },
      },
      { data: { values: [...walk] }, mark: { type: "line", strokeDash: [4, 3], color: "gray" }, encoding: { x, y } },
      {
        data: { values: [{ critical }] },
        mark: { type: "rule", color: "crimson" },
        encoding: { y: { field: "critical", type: "quantitative" } },
      },
    ],
  };
}
