import type { ExperimentContext } from "@paperworks/experiment";
import { loadKernels, type RecurrentTiles } from "@paperworks/kernels";
import { speedFigure, tilesFigure } from "./figures.ts";
import { backends } from "./flash-rnn.ts";
import { timeOrders, timeTiles } from "./kernel-timing.ts";
import { allTiles, chooseTiles } from "./solver/tile-problem.ts";
import { type SpeedRow, speedGrid, speedRows } from "./speed-grid.ts";
import { type RecurrenceShape, timeBackends } from "./timing.ts";
import { stepForward } from "./vanilla-steps.ts";

type Context = Pick<ExperimentContext, "quick" | "task" | "measure" | "metric" | "figure" | "table">;

const round = (value: number, digits = 3): number => Number(value.toPrecision(digits));

/** All backends on the shape of the first claim, and what a call of the engine costs. */
export async function headline({ quick, task, measure, metric }: Context): Promise<void> {
  const shape: RecurrenceShape = { cell: "lstm", batch: 1, heads: 4, dim: 32 };
  const steps = quick ? 128 : 1024;
  const seconds = await task("time of the headline", (run) => timeBackends(shape, { steps, backends }, run));
  const { calls } = await stepForward(shape.cell, shape);
  measure("speed", seconds.vanilla / seconds.fused);
  metric("vanilla.calls-a-step", calls);
  metric("vanilla.call", (1e6 * seconds.vanilla) / calls, { unit: "µs", timing: true });
  for (const backend of backends) metric(`step.${backend}`, 1e6 * seconds[backend], { unit: "µs", timing: true });
  metric("kernels.relaxed", (await loadKernels()).relaxed ? 1 : 0);
}

/** The whole grid with its crossovers. */
export async function speedByHeadSize({ task, measure, figure, table }: Context): Promise<void> {
  const shape: RecurrenceShape = { cell: "lstm", batch: 1, heads: 8, dim: 32 };
  const options = { steps: 1024, backends: ["scan", "fused"] } as const;
  const { scan, fused } = await task("time of the engine's loop", (run) => timeBackends(shape, options, run));
  measure("fusion.scan", scan / fused);
  const rows: SpeedRow[] = [];
  for (const point of speedGrid({ hiddenSizes: [128, 256], steps: 512 })) {
    const { cell, batch, dim, heads, pass, steps } = point;
    const name = `time of ${cell} ${dim} × ${heads}, batch ${batch}, ${pass}`;
    const backward = pass !== "forward";
    rows.push(...speedRows(point, await task(name, (run) => timeBackends(point, { steps, backends, backward }, run))));
  }
  figure("speed", speedFigure(rows), {
    title: "Time of a step against the size of a head",
    caption:
      "Through the public call, arrays copied in and out; 512 steps of one row, fewer of more. With many rows and large heads the engine's matrix product, which has wider vectors and two cores, overtakes the kernels.",
  });
  const shown = rows.filter(({ hidden, cell, pass }) => hidden === 256 && cell === "lstm" && pass === "forward");
  table("speed", {
    columns: ["units of a head", "rows", ...backends.map((backend) => `${backend}, µs a step`)],
    rows: [1, 16].flatMap((batch) =>
      [16, 32, 64, 128, 256].map((dim) => {
        const here = shown.filter((row) => row.dim === dim && row.batch === batch);
        return [dim, batch, ...here.map(({ microseconds }) => round(microseconds))];
      }),
    ),
    caption: "LSTM, forward, 256 units in all.",
  });
}

/** Where all weights together are too large for the second cache: the head groups of the fused kernel against the passes of the alternating one. */
export async function residency({ task, measure, metric }: Context): Promise<void> {
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
export async function everyTile({ task, measure, figure }: Context): Promise<void> {
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
