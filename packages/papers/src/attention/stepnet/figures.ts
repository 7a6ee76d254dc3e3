import { encodeAxis, type VegaLiteSpec } from "@paperworks/experiment";
import type { DrawnPath } from "./flow-training.ts";
import type { SolverStep } from "./solver-steps.ts";

const v = { field: "v", title: "v", zero: false };
const w = { field: "w", title: "w", zero: false };
const stiffness = { field: "xi", type: "quantitative", title: "ξ", scale: { type: "log", scheme: "viridis" } };

/** The plane of the excitable system: a dot a step of the solver, close together where the state changes fast. */
export const phaseFigure = (steps: readonly SolverStep[]): VegaLiteSpec => ({
  data: { values: steps },
  width: 380,
  height: 300,
  mark: { type: "point", filled: true, size: 40 },
  encoding: {
    x: encodeAxis(v),
    y: encodeAxis(w),
    color: stiffness,
    order: { field: "t" },
    tooltip: [{ field: "t" }, { field: "h" }, { field: "xi", title: "ξ" }],
  },
});

/** Step length against stiffness. */
export const stepFigure = (steps: readonly (SolverStep & { system: string })[]): VegaLiteSpec => ({
  data: { values: steps },
  mark: { type: "point", filled: true, opacity: 0.5, size: 20 },
  encoding: {
    x: encodeAxis({ field: "xi", title: "stiffness ξ", log: 10 }),
    y: encodeAxis({ field: "h", title: "step h", log: 10 }),
    color: { field: "system", type: "nominal", title: null },
  },
});

/**
 * Paths in the plane, the true one and the network's, and below the sizes of the network's steps beside the true stiffness. A click on a start
 * chooses another path.
 */
export function pathFigure(paths: readonly DrawnPath[]): VegaLiteSpec {
  const chosen = { filter: { param: "path" } };
  const line = (x: string, y: string, more: object): object => ({
    transform: [chosen],
    mark: { type: "line", point: { filled: true, size: 35 }, ...more },
    encoding: {
      x: encodeAxis({ ...v, field: x }),
      y: encodeAxis({ ...w, field: y }),
      order: { field: "step" },
      color: { datum: x === "v" ? "true path" : "FlowNet" },
    },
  });
  const overSteps = (field: string, title: string): VegaLiteSpec => ({
    transform: [chosen],
    width: 380,
    height: 90,
    mark: { type: "line", point: true },
    encoding: { x: encodeAxis({ field: "step", title: "step" }), y: encodeAxis({ field, title, zero: false }) },
  });
  return {
    data: { values: paths },
    vconcat: [
      {
        width: 380,
        height: 300,
        layer: [
          line("v", "w", {}),
          line("predictedV", "predictedW", { strokeDash: [4, 3] }),
          {
            transform: [{ filter: "datum.step === 0" }],
            params: [
              { name: "path", select: { type: "point", fields: ["start"], toggle: false }, value: [{ start: 0 }] },
            ],
            mark: { type: "point", filled: true, size: 90, color: "#888888", opacity: 0.6, cursor: "pointer" },
            encoding: { x: encodeAxis(v), y: encodeAxis(w), tooltip: [{ field: "start", title: "path" }] },
          },
        ],
      },
      overSteps("xi", "true ξ"),
      overSteps("a", "mean a"),
    ],
  };
}

export type ProfileRow = { system: string; stage: string; block: number; xi: number };

/** Stiffness block by block, a panel a stage. */
export const profileFigure = (rows: readonly ProfileRow[]): VegaLiteSpec => ({
  data: { values: rows },
  facet: { column: { field: "stage", type: "nominal", title: null } },
  spec: {
    width: 220,
    height: 200,
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "block", type: "ordinal", title: "block", axis: { labelAngle: 0 } },
      y: encodeAxis({ field: "xi", title: "stiffness ξ", zero: true }),
      color: { field: "system", type: "nominal", title: null },
    },
  },
});

export type ErrorRow = { system: string; seed: number; error: number; fidelity: number };

/** Test error and fidelity, a point a seed. */
export const flowFigure = (rows: readonly ErrorRow[]): VegaLiteSpec => ({
  data: { values: rows },
  mark: { type: "point", filled: true, size: 70 },
  encoding: {
    x: encodeAxis({ field: "error", title: "test error over the variance", zero: false }),
    y: encodeAxis({ field: "fidelity", title: "fidelity of the stiffness profile", zero: false }),
    color: { field: "system", type: "nominal", title: null },
  },
});
