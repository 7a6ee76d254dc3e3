import type { ExperimentContext, TaskRun } from "@paperworks/experiment";
import type { SequenceCore } from "@paperworks/nn";
import { manualSeed } from "@paperworks/tensor";
import { AarenStack } from "./aaren.ts";
import { CausalTransformerStack } from "./causal-transformer.ts";
import type { StackOptions } from "./stack-options.ts";
import type { Trained } from "./training.ts";

export const systems = ["Aaren", "Transformer"] as const;
export type System = (typeof systems)[number];
export type BySystem<T> = Record<System, T>;

/** Both models of one size. */
export const makeCore = (system: System, options: StackOptions): SequenceCore =>
  system === "Aaren" ? new AarenStack(options) : new CausalTransformerStack(options);

/** The size of both models in the four settings. */
const coreSize = { dim: 64, heads: 4, depth: 2, hidden: 128 };
const seeds = 3;

/** Trains both models with the same seeds: the same order of batches, and weights drawn from the same stream. */
export async function compare(
  { replicate }: ExperimentContext,
  setting: string,
  positions: number,
  train: (core: SequenceCore, run: TaskRun, system: System) => Promise<Trained>,
): Promise<BySystem<Trained[]>> {
  const bySystem = {} as BySystem<Trained[]>;
  for (const system of systems) {
    bySystem[system] = await replicate(`${setting}, ${system}`, seeds, (run) => {
      manualSeed(run.seed);
      return train(makeCore(system, { ...coreSize, positions }), run, system);
    });
  }
  return bySystem;
}

/** One score of each seed. */
export const scoresOf = (runs: readonly Trained[], name: string, when: "final" | "early" = "final"): number[] =>
  runs.map((run) => run[when]?.[name] ?? Number.NaN);

/** Rounded for a table. */
export const rounded = (value: number, digits = 3): number => Math.round(value * 10 ** digits) / 10 ** digits;
