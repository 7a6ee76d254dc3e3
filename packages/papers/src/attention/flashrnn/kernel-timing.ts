import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { ForwardPass, type LoopOrder, loadKernels, type RecurrentTiles, recurrentForward } from "@paperworks/kernels";
import { kernelTiles } from "./kernel-form.ts";
import { type RecurrenceShape, recurrenceData } from "./timing.ts";

type Run = Pick<TaskRun, "progress">;

const rounds = { rounds: 7, warmUps: 2 };

function arraysOf(shape: RecurrenceShape, steps: number) {
  const { wx, r, bias } = recurrenceData(shape, steps);
  return { x: wx.held as Float32Array, weights: r.held as Float32Array, bias: bias.held as Float32Array };
}

/** Seconds a step of both loop orders, the kernels alone: what is copied in and out is the same for both, and left out. */
export async function timeOrders(
  shape: RecurrenceShape,
  steps: number,
  { progress }: Run,
): Promise<Record<LoopOrder, number>> {
  const tiles = await kernelTiles(shape);
  const pass = new ForwardPass(await loadKernels(), { ...shape, steps }, arraysOf(shape, steps), { tiles });
  const { alternating, fused } = await measureLatency(
    { alternating: async () => pass.run("alternating"), fused: async () => pass.run("fused") },
    { ...rounds, progress },
  );
  return { alternating: alternating.median / steps, fused: fused.median / steps };
}

/** Seconds a step of the fused kernel with each tile, from arrays to arrays. */
export async function timeTiles(
  shape: RecurrenceShape,
  tiles: readonly RecurrentTiles[],
  steps: number,
  { progress }: Run,
): Promise<number[]> {
  const kernels = await loadKernels();
  const arrays = arraysOf(shape, steps);
  const contenders = tiles.map((tile, i): [string, () => Promise<unknown>] => [
    String(i),
    async () => recurrentForward(kernels, { ...shape, steps }, arrays, { tiles: tile }),
  ]);
  const latencies = await measureLatency(Object.fromEntries(contenders), { ...rounds, progress });
  return tiles.map((_, i) => latencies[String(i)].median / steps);
}
