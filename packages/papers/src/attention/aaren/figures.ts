import { lineFigure, type VegaLiteSpec } from "@paperworks/experiment";
import type { PrefixScanNode } from "./prefix-tree.ts";

const model = { field: "model", type: "nominal", title: null };

export type EfficiencyRow = { model: string; tokens: number; bytes: number; seconds: number };

const againstTokens = (rows: readonly EfficiencyRow[], field: string, title: string): VegaLiteSpec =>
  lineFigure(rows, {
    x: { field: "tokens", title: "tokens", log: 2 },
    y: { field, title, log: 10 },
    by: "model",
    points: true,
  });

/** Bytes of both states against the tokens so far. */
export const memoryFigure = (rows: readonly EfficiencyRow[]): VegaLiteSpec =>
  againstTokens(rows, "bytes", "bytes of the state");

/** Cumulative seconds against the tokens so far. */
export const timeFigure = (rows: readonly EfficiencyRow[]): VegaLiteSpec =>
  againstTokens(rows, "seconds", "seconds in all");

export type CurveRow = { setting: string; model: string; step: number; loss: number };

/** Training losses of both models, a panel a setting. */
export function trainingFigure(values: readonly CurveRow[]): VegaLiteSpec {
  return {
    data: { values },
    facet: { field: "setting", type: "nominal", title: null, columns: 2 },
    spec: {
      width: 240,
      height: 160,
      mark: { type: "line" },
      encoding: {
        x: { field: "step", type: "quantitative", title: "step" },
        y: { field: "loss", type: "quantitative", title: "training loss", scale: { zero: false } },
        color: model,
      },
    },
    resolve: { scale: { x: "independent", y: "independent" } },
  };
}

/** The parallel scan as a graph: a row a step, each node the state of its set of tokens, edges to what was merged. */
export function prefixTreeFigure(nodes: readonly PrefixScanNode[]): VegaLiteSpec {
  const x = { field: "token", type: "ordinal", title: "token", axis: { labelAngle: 0 } };
  const y = { field: "step", type: "ordinal", title: "step" };
  const edges = nodes.flatMap(({ token, step, reach }) =>
    step === 0
      ? []
      : [token, ...(token > reach ? [token - reach] : [])].map((from) => ({
          token: from,
          step: step - 1,
          token2: token,
          step2: step,
        })),
  );
  const merged = (offset: number, field: string) => ({
    mark: { type: "text", dy: offset, fontSize: 10, color: "#222222" },
    encoding: { x, y, text: { field } },
  });
  const values = nodes.map((node) => ({
    ...node,
    first: `m ${node.m.toFixed(2)}`,
    second: `u ${node.u.toFixed(2)}`,
    third: `w ${node.w.toFixed(2)}`,
  }));
  return {
    width: 640,
    height: 320,
    data: { values },
    layer: [
      {
        data: { values: edges },
        mark: { type: "rule", opacity: 0.35 },
        encoding: { x, y, x2: { field: "token2" }, y2: { field: "step2" } },
      },
      { mark: { type: "square", size: 2400, opacity: 1, color: "#f2f2f2" }, encoding: { x, y } },
      merged(-12, "first"),
      merged(0, "second"),
      merged(12, "third"),
    ],
  };
}
