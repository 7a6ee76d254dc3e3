import { lineFigure, type VegaLiteSpec } from "@paperworks/experiment";

export type OperatorRow = { operator: string; pass: "forward" | "backward"; length: number; milliseconds: number };

/** Time against length on logarithmic axes: an operator a colour, backward passes dashed. */
export function operatorFigure(rows: readonly OperatorRow[]): VegaLiteSpec {
  const figure = lineFigure(rows, {
    x: { field: "length", title: "length", log: 2 },
    y: { field: "milliseconds", title: "milliseconds", log: 10 },
    by: "operator",
    points: true,
  });
  const strokeDash = { field: "pass", type: "nominal", title: null, sort: ["forward", "backward"] };
  return { ...figure, encoding: { ...(figure.encoding as object), strokeDash } };
}

const slider = (name: string, label: string, value: number, min: number, max: number) => ({
  name,
  value,
  bind: { input: "range", min, max, step: 1, name: label },
});

/**
 * The tokens before an output, 64 a line, the nearest first: those that a network of the K, f and number of layers chosen reads, and
 * in red those in its holes. With f > K an offset is reached if all its digits to the base f are below K; with f ≤ K all are.
 */
export function receptiveFieldFigure(): VegaLiteSpec {
  const digits = Array.from({ length: 4 }, (_, i) => `floor(datum.offset / pow(factor, ${i})) % factor >= kernel`);
  const field = "1 + (kernel - 1) * (factor > 1 ? (pow(factor, layers) - 1) / (factor - 1) : layers)";
  return {
    params: [
      slider("kernel", "K, taps ", 3, 2, 8),
      slider("factor", "f, factor of the dilation ", 4, 1, 10),
      slider("layers", "layers ", 4, 1, 4),
    ],
    width: 640,
    height: { step: 10 },
    layer: [
      {
        data: { sequence: { start: 0, stop: 2048, as: "offset" } },
        transform: [
          { filter: `datum.offset < ${field}` },
          { calculate: "datum.offset % 64", as: "place" },
          { calculate: "floor(datum.offset / 64)", as: "line" },
          { calculate: `factor > kernel && (${digits.join(" || ")}) ? "hole" : "read"`, as: "token" },
        ],
        mark: { type: "rect", stroke: "white" },
        encoding: {
          x: {
            field: "place",
            type: "ordinal",
            title: "tokens before the output, 64 a line",
            axis: { labels: false, ticks: false },
          },
          y: { field: "line", type: "ordinal", title: null, axis: { labels: false, ticks: false } },
          color: {
            field: "token",
            type: "nominal",
            title: null,
            scale: { domain: ["read", "hole"], range: ["#4c78a8", "#e45756"] },
          },
          tooltip: [{ field: "offset" }, { field: "token" }],
        },
      },
      {
        data: { values: [{}] },
        transform: [{ calculate: `"receptive field " + format(${field}, ",") + " tokens"`, as: "label" }],
        mark: { type: "text", align: "right", baseline: "bottom", x: 640, y: -6 },
        encoding: { text: { field: "label" } },
      },
    ],
  };
}
