import { shuffledRows } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import {
  AdamW,
  clipGlobalNorm,
  drawLinearWeights,
  type Module,
  parameters,
  schedules,
  trainSteps,
} from "@paperworks/nn";
import { fromArray, jit, type Tensor } from "@paperworks/tensor";

/** Numbers by name that an evaluation gives. */
export type Scores = { [name: string]: number };

export interface TrainingOptions {
  model: Module;
  /** The loss on some training records. @param rows [batchSize] int32, 0 … records − 1 */
  loss(rows: Tensor): Tensor;
  records: number;
  batchSize: number;
  steps: number;
  evaluate(): Promise<Scores>;
  /** Also evaluate after so many steps. */
  early?: number;
  run: TaskRun;
}

export type Trained = {
  final: Scores;
  early: Scores | null;
  /** Mean training losses of consecutive stretches, each with its last step. */
  curve: { step: number; loss: number }[];
};

/** AdamW 1e-3 with weight decay 0.01, cosine to 0 without warm-up, gradients clipped to norm 1: the same for all models. */
export async function trainModel(options: TrainingOptions): Promise<Trained> {
  const { model, loss, records, batchSize, steps, evaluate, early, run } = options;
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: 1e-3, steps }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((rows: Tensor) => {
    const value = loss(rows);
    optimizer.minimize(value);
    return { loss: value };
  });
  // With the larger weights of Glorot's rule both models learn the 2,000 series of the classification by heart.
  if (run.restored === undefined) drawLinearWeights(model);
  const rows = shuffledRows({ records, batchSize, seed: run.seed });
  model.train();
  const { curve, evaluations } = await trainSteps<Scores>({
    run,
    steps,
    state: [model, optimizer],
    step: async (index) => step(fromArray(rows(index), [batchSize])),
    evaluateAt: early === undefined ? [steps] : [early, steps],
    evaluate: async () => {
      model.eval();
      const scores = await evaluate();
      model.train();
      return scores;
    },
  });
  model.eval();
  const at = (wanted: number): Scores | null => evaluations.find((one) => one.step === wanted)?.value ?? null;
  return { curve, early: early === undefined ? null : at(early), final: at(steps) ?? {} };
}
