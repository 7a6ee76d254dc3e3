import type { TaskRun } from "@paperworks/experiment";
import { ForwardPass, type LoopOrder, loadKernels, type RecurrentTiles, recurrentForward } from "@paperworks/kernels";
import { kernelTiles } from "./kernel-form.ts";
import { type RecurrenceShape, recurrenceData } from "./timing.ts";
import { timeInTurns } from "./turns.ts";

type Run = Pick<TaskRun, "progress">;

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
  const { alternating, fused } = await timeInTurns(
    { alternating: async () => pass.run("alternating"), fused: async () => pass.run("fused") },
    { progress },
  );
  return { alternating: alternating / steps, fused: fused / steps };
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
  // Not by number: keys that are numbers would be put in their order, whatever comes before them.
  const contenders = tiles.map((tile, i): [string, () => Promise<unknown>] => [
    `tile ${i}`,
    async () => recurrentForward(kernels, { ...shape, steps }, arrays, { tiles: tile }),
  ]);
  const seconds = await timeInTurns(Object.fromEntries(contenders), { progress });
  return tiles.map((_, i) => seconds[`tile ${i}`] / steps);
}
