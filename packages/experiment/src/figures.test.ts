import { expect, test } from "vitest";
import { lineFigure, meanCurve, scatterFigure, trainingFigure } from "./figures.ts";

test("a figure of lines says its axes, and what tells the lines apart", () => {
  const rows = [{ length: 1, ms: 2, operator: "a" }];
  const x = { field: "length", title: "length", log: 2 };
  expect(lineFigure(rows, { x, y: { field: "ms", title: "ms", zero: true }, by: "operator", points: true })).toEqual({
    data: { values: rows },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "length", type: "quantitative", title: "length", scale: { type: "log", base: 2 } },
      y: { field: "ms", type: "quantitative", title: "ms", scale: { zero: true } },
      color: { field: "operator", type: "nominal", title: null },
    },
  });
  expect(lineFigure([], { x: { field: "a", title: "a" }, y: { field: "b", title: "b" } }).encoding).toEqual({
    x: { field: "a", type: "quantitative", title: "a" },
    y: { field: "b", type: "quantitative", title: "b" },
  });
});

test("a scatter draws each row faintly and each system's mean in full, on the same axes", () => {
  const rows = [{ system: "a", ms: 2, accuracy: 50 }];
  const x = { field: "ms", title: "ms", zero: true };
  const figure = scatterFigure(rows, { x, y: { field: "accuracy", title: "%", zero: false }, by: "system" });
  const [faint, full] = figure.layer as { mark: { opacity?: number }; encoding: { x: object; y: object } }[];
  expect(figure.data).toEqual({ values: rows });
  expect(faint.mark.opacity).toBeLessThan(0.5);
  expect(full.mark.opacity).toBeUndefined();
  expect(full.encoding.x).toEqual(faint.encoding.x);
  expect(full.encoding.y).toEqual({ ...faint.encoding.y, aggregate: "mean" });
});

test("curves of seeds are drawn as their mean", () => {
  const rows = meanCurve("gla", [
    [
      { step: 10, loss: 3 },
      { step: 20, loss: 1 },
    ],
    [
      { step: 10, loss: 5 },
      { step: 20, loss: 2 },
    ],
  ]);
  expect(rows).toEqual([
    { system: "gla", step: 10, loss: 4 },
    { system: "gla", step: 20, loss: 1.5 },
  ]);
  expect(trainingFigure(rows).data).toEqual({ values: rows });
});
