import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { fromArray, type Generator, jit, type Tensor } from "@paperworks/tensor";
import { type Execution, SparsifinerAttention } from "./sparsifiner-attention.ts";

/** 24 × 24 patches and the class token. */
const tokens = 577;
const [dim, heads] = [192, 3];

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
  const layers = keeps.flatMap((keep) => {
    const layer = new SparsifinerAttention({ dim, heads, tokens, keep });
    return (["dense", "masked", "gathered"] as const).map((execution: Execution) => {
      const run = jit((input: Tensor) => layer.attend(input, { execution }).output);
      return { execution, keep, run: async () => (await run(x)).data() };
    });
  });
  const contenders = Object.fromEntries(layers.map(({ run }, i) => [i, run]));
  const latencies = await measureLatency(contenders, { rounds: repeats, progress });
  return layers.map(({ execution, keep }, i) => ({ execution, keep, milliseconds: 1000 * latencies[i].median }));
}
