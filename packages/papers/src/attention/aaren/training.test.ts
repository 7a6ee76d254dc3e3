import type { CheckpointState, TaskRun } from "@paperworks/experiment";
import { crossEntropy } from "@paperworks/nn";
import { fromArray, Generator, gather, manualSeed } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { makeCore } from "./comparison.ts";
import { SequenceClassifier } from "./sequence-classifier.ts";
import { type Trained, trainModel } from "./training.ts";

/** A little classification, kept after `stopAt` steps; without it, the whole training. */
async function train(
  restored?: CheckpointState,
  stopAt?: number,
): Promise<{ trained?: Trained; kept?: CheckpointState }> {
  manualSeed(1);
  const model = new SequenceClassifier(makeCore("Aaren", { dim: 8, heads: 2, depth: 1, positions: 4 }), {
    channels: 2,
    patch: 2,
    classes: 3,
  });
  const series = fromArray(new Generator(2).hostNormal(30 * 8 * 2), [30, 8, 2]);
  const labels = fromArray(
    Int32Array.from({ length: 30 }, (_, i) => i % 3),
    [30],
  );
  let kept: CheckpointState | undefined;
  const stop = new Error("stopped");
  const run: TaskRun = {
    seed: 1,
    signal: new AbortController().signal,
    restored,
    progress: async () => {},
    async checkpoint(save) {
      if (--left !== 0) return false;
      kept = await save();
      throw stop;
    },
  };
  let left = stopAt ?? -1;
  try {
    const trained = await trainModel({
      model,
      loss: (rows) => crossEntropy(model.forward(gather(series, rows)), gather(labels, rows)),
      records: 30,
      batchSize: 8,
      steps: 25,
      early: 7,
      evaluate: async () => ({ loss: await crossEntropy(model.forward(series), labels).item() }),
      run,
    });
    return { trained };
  } catch (thrown) {
    if (thrown !== stop) throw thrown;
    return { kept };
  }
}

test("a training that was stopped goes on to the same numbers", async () => {
  const { trained: whole } = await train();
  expect(whole?.curve.map(({ step }) => step)).toEqual([10, 20, 25]);
  expect(whole?.early).not.toBeNull();
  for (const stopAt of [3, 13]) {
    const { kept } = await train(undefined, stopAt);
    expect((await train(kept)).trained).toEqual(whole);
  }
});

test("training lowers the loss, and the same seed gives the same numbers", async () => {
  const [{ trained: a }, { trained: b }] = [await train(), await train()];
  expect(a).toEqual(b);
  expect((a as Trained).final.loss).toBeLessThan((a as Trained).curve[0].loss);
});
