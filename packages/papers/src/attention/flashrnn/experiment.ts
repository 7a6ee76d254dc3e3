import { type ExperimentContext, mean, meanCurve, minus, type Setting } from "@paperworks/experiment";
import { cellLayouts, loadKernels, type RecurrentTiles } from "@paperworks/kernels";
import { saveSafetensors } from "@paperworks/nn";
import { cost, exportOnnx, type Tensor, zeros } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import { accuracyFigure, propagationFigure, speedFigure, tilesFigure, trackingFigure } from "./figures.ts";
import { backends } from "./flash-rnn.ts";
import { timeOrders, timeTiles } from "./kernel-timing.ts";
import { largestOneTileHead, tiledError } from "./largest-head.ts";
import { propagationRows } from "./propagation-rows.ts";
import { countNodes, searchShapes } from "./search-savings.ts";
import { allTiles, chooseTiles } from "./solver/tile-problem.ts";
import { type SpeedRow, speedGrid, speedRows } from "./speed-grid.ts";
import { type Tracked, type TrackingPlan, trackWithCell, trackWithTransformer } from "./state-tracking.ts";
import { type RecurrenceShape, timeBackends } from "./timing.ts";
import type { RecurrentTracker } from "./tracking-models.ts";
import { stepForward } from "./vanilla-steps.ts";

type Context = ExperimentContext<{ steps: Setting<number> }>;

const seeds = 3;
const round = (value: number, digits = 3): number => Number(value.toPrecision(digits));

/** Backends against the clock, tiles against each other, the solver's savings, and what recurrence is for: tracking a state. */
export async function experiment(context: Context): Promise<void> {
  await speed(context);
  await sizes(context);
  await solver(context);
  if (!context.quick) {
    await residency(context);
    await tiles(context);
  }
  await tracking(context);
}

/** The headline ratio, and the whole grid with its crossovers. */
async function speed(context: Context): Promise<void> {
  const { quick, task, measure, metric, figure, table } = context;
  const steps = quick ? 128 : 1024;
  const headline: RecurrenceShape = { cell: "lstm", batch: 1, heads: 4, dim: 32 };
  const seconds = await task("time of the headline", (run) => timeBackends(headline, { steps, backends }, run));
  const { calls } = await stepForward(headline.cell, headline);
  measure("speed", seconds.vanilla / seconds.fused);
  metric("vanilla.calls-a-step", calls);
  metric("vanilla.call", (1e6 * seconds.vanilla) / calls, { unit: "µs", timing: true });
  for (const backend of backends) metric(`step.${backend}`, 1e6 * seconds[backend], { unit: "µs", timing: true });
  metric("kernels.relaxed", (await loadKernels()).relaxed ? 1 : 0);
  if (quick) return;

  const rows: SpeedRow[] = [];
  const grid = speedGrid({ hiddenSizes: [128, 256], steps });
  for (const point of grid) {
    const { cell, batch, dim, heads, pass, hidden } = point;
    const name = `time of ${cell} ${dim} × ${heads}, batch ${batch}, ${pass}`;
    const backward = pass !== "forward";
    const measured = await task(name, (run) => timeBackends(point, { steps: point.steps, backends, backward }, run));
    rows.push(...speedRows(point, measured));
    if (cell === "lstm" && batch === 1 && dim === 32 && hidden === 256 && !backward)
      measure("fusion.scan", measured.scan / measured.fused);
  }
  figure("speed", speedFigure(rows), {
    title: "Time of a step against the size of a head",
    caption:
      "Through the public call, arrays copied in and out. With many rows and large heads the engine's matrix product, which has wider vectors and two cores, overtakes the kernels.",
  });
  const of = (dim: number, batch: number, backend: string): number => {
    const found = rows.find(
      (row) =>
        row.hidden === 256 &&
        row.cell === "lstm" &&
        row.pass === "forward" &&
        row.dim === dim &&
        row.batch === batch &&
        row.backend === backend,
    );
    return round(found?.microseconds ?? Number.NaN);
  };
  table("speed", {
    columns: ["units of a head", "rows", ...backends.map((backend) => `${backend}, µs a step`)],
    rows: [1, 16].flatMap((batch) =>
      [16, 32, 64, 128, 256].map((dim) => [dim, batch, ...backends.map((backend) => of(dim, batch, backend))]),
    ),
    caption: "LSTM, forward, 256 units in all.",
  });
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

/** Where all weights together are too large for the second cache: the head groups of the fused kernel against the passes of the alternating one. */
async function residency({ task, measure, metric }: Context): Promise<void> {
  for (const [dim, heads, steps] of [
    [128, 64, 512],
    [64, 64, 512],
    [256, 16, 512],
    // 32 MiB, more than the third cache of most processors holds.
    [128, 128, 128],
  ]) {
    const shape: RecurrenceShape = { cell: "lstm", batch: 1, heads, dim };
    const seconds = await task(`residency of ${heads} heads of ${dim}`, (run) => timeOrders(shape, steps, run));
    if (dim === 128 && heads === 64) measure("fusion.residency", seconds.alternating / seconds.fused);
    metric(`residency.${dim}x${heads}`, seconds.alternating / seconds.fused, { timing: true });
  }
}

/** Every valid tile of one shape, timed. */
async function tiles({ task, measure, figure }: Context): Promise<void> {
  const shape: RecurrenceShape = { cell: "lstm", batch: 4, heads: 4, dim: 256 };
  const kernels = await loadKernels();
  const works = ({ rows, vectors }: RecurrentTiles): boolean => kernels.hasProduct(4, rows, vectors);
  const valid = allTiles(shape, 60).filter(works);
  const seconds = await task("time of all tiles", (run) => timeTiles(shape, valid, 32, run));
  const chosen = JSON.stringify(chooseTiles(shape, { works }));
  const rows = valid.map((tile, i) => ({
    ...tile,
    microseconds: 1e6 * seconds[i],
    chosen: JSON.stringify(tile) === chosen,
  }));
  const best = Math.min(...seconds);
  const own = seconds[rows.findIndex((row) => row.chosen)];
  measure("solver.tiles", own / best);
  figure("tiles", tilesFigure(rows), {
    title: "Every valid tile against the clock",
    caption: "An LSTM of 4 heads of 256 units, four rows; the solver's choice stands out.",
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
