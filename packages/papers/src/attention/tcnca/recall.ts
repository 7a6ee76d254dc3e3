import { associativeRecall, type RecallTask } from "@paperworks/data/sequences";
import type { TaskRun } from "@paperworks/experiment";
import { crossEntropy, lastToken } from "@paperworks/nn";
import { argMax, fromArray, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import { modelOf, type System } from "./systems.ts";
import { type Curve, trainModel } from "./training.ts";

export interface RecallSetting {
  /** Tokens of the pairs, before the key that is asked for. */
  readonly length: number;
  /** Keys and values together, half of each. */
  readonly vocabulary: number;
  readonly chunk: number;
}

export interface RecallPlan {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly testSequences: number;
}

export type Recalled = { accuracy: number; curve: Curve };

const drawn = ({ length, vocabulary }: RecallSetting, sequences: number, seed: number): RecallTask =>
  associativeRecall({ sequences, pairs: length / 2, symbols: vocabulary / 2, repeatedKeys: true, seed });

const tensorOf = ({ data, shape }: RecallTask["tokens"]): Tensor => fromArray(data, shape);

/** Trains a system at every key that was seen before, and asks it for the value of the last one. */
export async function recall(
  system: System,
  setting: RecallSetting,
  { steps, batch, learningRate, testSequences }: RecallPlan,
  run: TaskRun,
): Promise<Recalled> {
  manualSeed(run.seed);
  const { vocabulary, chunk } = setting;
  const model = modelOf(system, {
    dim: 48,
    depth: 2,
    chunk,
    vocabulary,
    outputs: vocabulary,
    // The product with a matrix: at these lengths twice as fast as Fourier transforms, with the same values.
    ema: { form: "kernel" },
    tcn: { kernel: 5, factor: 4, layers: 2 },
  });
  const task = drawn(setting, steps * batch, 2 * run.seed);
  const width = setting.length + 1;
  const rowsOf = ({ data }: RecallTask["tokens"], step: number): Tensor =>
    fromArray(data.slice(step * batch * width, (step + 1) * batch * width), [batch, width]);
  const curve = await trainModel(model, {
    run,
    steps,
    learningRate,
    batch: (step) => [rowsOf(task.tokens, step), rowsOf(task.labels, step)],
    loss: (tokens, labels) => crossEntropy(model.forward(tokens), labels),
  });
  const test = drawn(setting, testSequences, 2 * run.seed + 1);
  const answer = jit((tokens: Tensor) => argMax(lastToken(model.forward(tokens)), -1));
  const answers = await (await answer(tensorOf(test.tokens))).data();
  const right = test.answers.filter((value, i) => value === Number(answers[i])).length;
  return { accuracy: right / testSequences, curve };
}
