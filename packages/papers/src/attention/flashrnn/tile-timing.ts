import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { loadKernels, type RecurrentTiles, recurrentForward } from "@paperworks/kernels";
import { type RecurrenceShape, recurrenceData } from "./timing.ts";

/** Seconds a step of the fused kernel with each tile: medians of seven rounds in which all take turns, two before them. */
export async function timeTiles(
  shape: RecurrenceShape,
  tiles: readonly RecurrentTiles[],
  steps: number,
  { progress }: Pick<TaskRun, "progress">,
): Promise<number[]> {
  const kernels = await loadKernels();
  const { wx, r, bias } = recurrenceData(shape, steps);
  const given = { x: wx.held as Float32Array, weights: r.held as Float32Array, bias: bias.held as Float32Array };
  const contenders = tiles.map((tile, i): [string, () => Promise<unknown>] => [
    String(i),
    async () => recurrentForward(kernels, { ...shape, steps }, given, { tiles: tile }),
  ]);
  const latencies = await measureLatency(Object.fromEntries(contenders), { rounds: 7, warmUps: 2, progress });
  return tiles.map((_, i) => latencies[String(i)].median / steps);
}
