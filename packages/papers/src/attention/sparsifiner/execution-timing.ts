import type { TaskRun } from "@paperworks/experiment";
import { fromArray, type Generator, jit, type Tensor } from "@paperworks/tensor";
import { type Execution, SparsifinerAttention } from "./sparsifiner-attention.ts";

/** 24 × 24 patches and the class token. */
const tokens = 577;
const [dim, heads] = [192, 3];
const warmUps = 3;

export type TimedExecution = { execution: string; keep: number; milliseconds: number };

/**
 * One layer with its projections, dense, masked and gathered, over budgets: medians of interleaved runs of one image. Predictor and
 * top-k are in the last two.
 */
export async function timeExecutions(
  keeps: readonly number[],
  repeats: number,
  generator: Generator,
  { progress }: Pick<TaskRun, "progress">,
): Promise<TimedExecution[]> {
  const x = fromArray(generator.hostNormal(tokens * dim), [1, tokens, dim]);
  const timed = keeps.flatMap((keep) => {
    const layer = new SparsifinerAttention({ dim, heads, tokens, keep });
    return (["dense", "masked", "gathered"] as const).map((execution: Execution) => ({
      execution,
      keep,
      run: jit((input: Tensor) => layer.attend(input, { execution }).output),
      times: [] as number[],
    }));
  });
  for (let round = 0; round < warmUps + repeats; round++) {
    for (const { run, times } of timed) {
      const began = performance.now();
      await (await run(x)).data();
      if (round >= warmUps) times.push(performance.now() - began);
    }
    await progress({ step: round + 1, steps: warmUps + repeats });
  }
  return timed.map(({ execution, keep, times }) => ({ execution, keep, milliseconds: median(times) }));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
