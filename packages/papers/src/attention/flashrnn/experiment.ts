import { type ExperimentContext, mean, meanCurve, minus, type Setting } from "@paperworks/experiment";
import { cellLayouts } from "@paperworks/kernels";
import { saveSafetensors } from "@paperworks/nn";
import { cost, exportOnnx, type Tensor, zeros } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import { accuracyFigure, propagationFigure, trackingFigure } from "./figures.ts";
import { largestOneTileHead, tiledError } from "./largest-head.ts";
import { propagationRows } from "./propagation-rows.ts";
import { countNodes, searchShapes } from "./search-savings.ts";
import { chooseTiles } from "./solver/tile-problem.ts";
import { everyTile, headline, residency, speedByHeadSize } from "./speed-measurements.ts";
import { type Tracked, type TrackingPlan, trackWithCell, trackWithTransformer } from "./state-tracking.ts";
import type { RecurrentTracker } from "./tracking-models.ts";

type Context = ExperimentContext<{ steps: Setting<number> }>;

const seeds = 3;

/** Backends against the clock, tiles against each other, the solver's savings, and what recurrence is for: tracking a state. */
export async function experiment(context: Context): Promise<void> {
  await headline(context);
  await sizes(context);
  await solver(context);
  if (!context.quick) {
    await speedByHeadSize(context);
    await residency(context);
    await everyTile(context);
  }
  await tracking(context);
}

/** Heads beyond what one tile holds. */
async function sizes({ quick, task, measure, metric }: Context): Promise<void> {
  const one = largestOneTileHead(cellLayouts.lstm.recurrent);
  const large = quick ? 8 * one : 48 * one;
  const error = await task("a large head", () => tiledError(large, 8));
  metric("sizes.error", error);
  measure("sizes", error <= 1e-4 ? large / one : 0);
}

async function solver({ task, measure, table, figure }: Context): Promise<void> {
  const rows = await task("search", () => countNodes(searchShapes));
  measure("solver.nodes", mean(rows.map(({ nodes, blind }) => blind / nodes)));
  table("search", {
    columns: ["units of a head", "heads", "rows", "values tried", "without divisibility"],
    rows: rows.map(({ dim, heads, batch, nodes, blind }) => [dim, heads, batch, nodes, blind]),
    caption:
      "The search for a tile with divisibility and factors, and with A % B == 0 looked at only once its variables are known.",
  });
  const shape = { cell: "lstm", batch: 6, heads: 12, dim: 96 } as const;
  figure("propagation", propagationFigure(propagationRows(shape), chooseTiles(shape), shape.dim), {
    title: "What is left of each variable",
    caption:
      "The tile of an LSTM with 12 heads of 96 units and 6 rows, found step by step: dots are the values that are still possible, and the tile lies on the recurrent matrix of one gate.",
  });
}

/** The RNNs, trained by the fused kernels, and the Transformer on running parity. */
async function tracking(context: Context): Promise<void> {
  const { quick, settings, replicate, measure, metric, figure } = context;
  const plan: TrackingPlan = quick
    ? { steps: 60, batch: 64, trained: 32, tested: 128, testSequences: 64 }
    : { steps: settings.steps, batch: 64, trained: 32, tested: 128, testSequences: 256 };
  const names: Cell[] = quick ? ["lstm"] : ["lstm", "slstm", "gru", "elman"];
  const runs: Record<string, Tracked[]> = {};
  for (const cell of names)
    runs[cell] = await replicate(cell, seeds, (run) => {
      const shown = cell === "lstm" && run.seed === context.seed;
      return trackWithCell(cell, plan, run, shown ? (model) => keepModel(context, model) : undefined);
    });
  if (!quick) runs.transformer = await replicate("transformer", seeds, (run) => trackWithTransformer(plan, run));
  const late = (system: string): number[] => runs[system].map(({ accuracy }) => mean(accuracy.slice(plan.tested - 64)));
  for (const system of Object.keys(runs)) metric(`accuracy.${system}`, late(system));
  measure("state-tracking.lstm", late("lstm"));
  if (!quick) {
    const [lstm, slstm] = [late("lstm"), late("slstm")];
    measure(
      "state-tracking.gap",
      minus(
        lstm.map((value, i) => Math.min(value, slstm[i])),
        late("transformer"),
      ),
    );
  }
  figure("accuracy", accuracyFigure(runs, plan.trained), {
    title: "Running parity beyond the length of training",
    caption:
      "Share of right answers by position, means of eight positions and of the seeds; the rule marks the longest sequence of the training.",
  });
  figure(
    "training",
    trackingFigure(
      Object.entries(runs).flatMap(([system, all]) =>
        meanCurve(
          system,
          all.map(({ curve }) => curve),
        ),
      ),
    ),
    {
      title: "Training losses",
      caption: "Means of ten steps, and of the seeds.",
    },
  );
}

/** The LSTM as files, and what it costs: its loop is recorded in the program, so that it runs wherever ONNX does. */
async function keepModel({ model: put, cost: putCost }: Context, tracker: RecurrentTracker): Promise<void> {
  const tokens = zeros([1, 32], "int32");
  const logits = ({ tokens: given }: { tokens: Tensor }) => ({ logits: tracker.forward(given) });
  put("model", { onnx: await exportOnnx(logits, { tokens }), safetensors: await saveSafetensors(tracker) });
  const { parameters, macs, peakBytes } = cost((given: Tensor) => tracker.forward(given), tokens);
  putCost("forward-of-32-tokens", { parameters, macs, peakBytes });
}
