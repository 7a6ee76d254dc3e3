import type { ClaimResult, Progress, RunEvent, RunResult } from "@paperworks/experiment";
import type { PageFigure } from "../page-data.ts";

/** The losses of one task and seed, in order. */
export interface LossCurve {
  readonly task: string;
  readonly seed: number;
  readonly points: readonly { readonly step: number; readonly loss: number }[];
}

/** What a page shows of a run under way. */
export interface RunView {
  readonly status: "loading" | "running" | "finished" | "failed" | "interrupted";
  /** The task at work. */
  readonly task: {
    readonly name: string;
    readonly seed: number;
    readonly index: number;
    readonly count: number;
  } | null;
  readonly progress: Progress | null;
  readonly tasksDone: number;
  readonly curves: readonly LossCurve[];
  readonly claims: readonly ClaimResult[];
  readonly figures: readonly PageFigure[];
  readonly log: readonly string[];
  readonly result: RunResult | null;
  readonly problem: string | null;
}

export const freshRun: RunView = {
  status: "loading",
  task: null,
  progress: null,
  tasksDone: 0,
  curves: [],
  claims: [],
  figures: [],
  log: [],
  result: null,
  problem: null,
};

/** Points of a curve beyond which every other one is dropped: more than a screen has pixels shows nothing. */
const mostPoints = 600;
const mostLines = 200;

/** The view after an event of the run. */
export function followRun(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case "started":
      return { ...view, status: "running" };
    case "task-started": {
      const { task: name, seed, index, count } = event;
      return { ...view, task: { name, seed, index, count }, progress: null };
    }
    case "progress":
      return { ...view, progress: event.report, curves: withLoss(view.curves, event) };
    case "task-finished":
      return { ...view, task: null, progress: null, tasksDone: view.tasksDone + 1 };
    case "measured":
      return { ...view, claims: [...view.claims.filter(({ id }) => id !== event.claim), event.result] };
    case "figure": {
      const { name, title, caption = null, spec } = event;
      return {
        ...view,
        figures: [...view.figures.filter((kept) => kept.name !== name), { name, title, caption, spec }],
      };
    }
    case "log":
      return { ...view, log: [...view.log, event.message].slice(-mostLines) };
    case "finished": {
      const { result } = event;
      const problem = result.error === null ? null : `${result.error.name}: ${result.error.message}`;
      return { ...view, status: result.status, task: null, progress: null, claims: result.claims, result, problem };
    }
    default:
      return view;
  }
}

/** A run that could not be begun, or whose worker broke. */
export const breakRun = (view: RunView, problem: string): RunView => ({ ...view, status: "failed", problem });

function withLoss(
  curves: readonly LossCurve[],
  { task, seed, report: { step, loss } }: Extract<RunEvent, { type: "progress" }>,
): readonly LossCurve[] {
  if (loss === undefined || !Number.isFinite(loss)) return curves;
  const kept = curves.find((curve) => curve.task === task && curve.seed === seed);
  const points = [...(kept?.points ?? []), { step, loss }];
  const thinned = points.length > mostPoints ? points.filter((_, i) => i % 2 === 0 || i === points.length - 1) : points;
  return [...curves.filter((curve) => curve !== kept), { task, seed, points: thinned }];
}
