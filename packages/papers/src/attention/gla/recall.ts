import { associativeRecall } from "@paperworks/data/sequences";
import type { TaskRun } from "@paperworks/experiment";
import { AdamW, clipGlobalNorm, crossEntropy, lastToken, parameters, schedules, trainSteps } from "@paperworks/nn";
import { argMax, fromArray, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import { languageModel, type System } from "./models.ts";

const [pairs, symbols, batch] = [32, 10, 16];
const width = 2 * pairs + 1;

/**
 * What a memory holds apart from language: pairs of keys and values, and a key that was seen before. Trains at every key that came
 * again.
 *
 * @returns the share of last keys whose value is right
 */
export async function recallBy(
  system: System,
  { steps, learningRate, tests }: { steps: number; learningRate: number; tests: number },
  run: TaskRun,
): Promise<number> {
  manualSeed(run.seed);
  const draw = (sequences: number, seed: number) =>
    associativeRecall({ sequences, pairs, symbols, repeatedKeys: true, seed });
  const [task, test] = [draw(steps * batch, 2 * run.seed), draw(tests, 2 * run.seed + 1)];
  const model = languageModel(system, { vocabulary: task.vocabulary, dim: 48, heads: 2, depth: 2 });
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.max(1, Math.round(steps / 10)) }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((tokens: Tensor, labels: Tensor) => {
    const loss = crossEntropy(model.forward(tokens), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const rowsOf = ({ data }: { data: Int32Array }, index: number): Tensor =>
    fromArray(data.slice(index * batch * width, (index + 1) * batch * width), [batch, width]);
  await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    step: (index) => step(rowsOf(task.tokens, index), rowsOf(task.labels, index)),
  });
  const answer = jit((tokens: Tensor) => argMax(lastToken(model.forward(tokens)), -1));
  const answers = await (await answer(fromArray(test.tokens.data, [tests, width]))).data();
  return test.answers.filter((value, i) => value === Number(answers[i])).length / tests;
}
