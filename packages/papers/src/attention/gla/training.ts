import { Random } from "@paperworks/data";
import { mean, type TaskRun } from "@paperworks/experiment";
import {
  AdamW,
  type CausalLanguageModel,
  clipGlobalNorm,
  crossEntropy,
  parameters,
  schedules,
  trainSteps,
} from "@paperworks/nn";
import { fromArray, jit, slice, type Tensor } from "@paperworks/tensor";
import { evenWindows, type LanguageData, randomWindows } from "../language-data.ts";

export interface TrainingPlan {
  readonly length: number;
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Windows of the test loss. */
  readonly testWindows: number;
  /** Windows of the loss by position, and their length; none of them when absent. */
  readonly longWindows?: { readonly count: number; readonly length: number };
}

export type Trained = {
  /** Nats a character on the test windows. */
  loss: number;
  /** Mean loss at each position of the long windows. */
  byPosition: number[] | null;
  curve: { step: number; loss: number }[];
};

/** Losses of the next token at each place. @param windows [batch, length + 1] @returns [batch, length] */
function lossesOf(model: CausalLanguageModel, windows: Tensor): Tensor {
  const length = windows.shape[1] - 1;
  const logits = model.forward(slice(windows, [{ axis: 1, end: length }]));
  return crossEntropy(logits, slice(windows, [{ axis: 1, start: 1 }]), { reduction: "none" });
}

/** AdamW with weight decay 0.01, a tenth of warm-up and a cosine to 0, gradients clipped to norm 1: the same for all systems. */
export async function trainLanguageModel(
  model: CausalLanguageModel,
  data: LanguageData,
  plan: TrainingPlan,
  run: TaskRun,
): Promise<Trained> {
  const { length, batch, steps, learningRate } = plan;
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.max(1, Math.round(steps / 10)) }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((windows: Tensor) => {
    const loss = lossesOf(model, windows).mean();
    optimizer.minimize(loss);
    return { loss };
  });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    step: async (index) => {
      const windows = randomWindows(data.training, batch, length, new Random(run.seed).fork(`step ${index}`));
      return step(fromArray(windows, [batch, length + 1]));
    },
  });
  const loss = mean(await lossByPosition(model, evenWindows(data.test, plan.testWindows, length), length, batch));
  const byPosition = plan.longWindows
    ? await lossByPosition(
        model,
        evenWindows(data.test, plan.longWindows.count, plan.longWindows.length),
        plan.longWindows.length,
        1,
      )
    : null;
  return { loss, byPosition, curve };
}

/** The mean loss at each position, some windows at a time. @param windows row-major, length + 1 tokens each */
async function lossByPosition(
  model: CausalLanguageModel,
  windows: Int32Array,
  length: number,
  batch: number,
): Promise<number[]> {
  const count = windows.length / (length + 1);
  const measure = jit((part: Tensor) => lossesOf(model, part).sum(0));
  const totals = new Float64Array(length);
  for (let start = 0; start < count; start += batch) {
    const rows = Math.min(batch, count - start);
    const part = windows.subarray(start * (length + 1), (start + rows) * (length + 1));
    const sums = await (await measure(fromArray(part.slice(), [rows, length + 1]))).data();
    sums.forEach((value: number | bigint, i: number) => {
      totals[i] += Number(value);
    });
  }
  return Array.from(totals, (total) => total / count);
}
