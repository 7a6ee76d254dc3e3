import type { TaskRun } from "@paperworks/experiment";
import { AdamW, clipGlobalNorm, type Module, parameters, schedules, trainSteps } from "@paperworks/nn";
import { jit, type Tensor } from "@paperworks/tensor";

export interface TrainingOptions<B extends Tensor[]> {
  run: TaskRun;
  steps: number;
  learningRate: number;
  /** The batch of a step, which depends on the step alone. */
  batch(step: number): B;
  loss(...batch: B): Tensor;
}

export type Curve = { step: number; loss: number }[];

/** AdamW with one cycle: three tenths of warm-up and a cosine to 0; gradients clipped to norm 1. The same for all systems. */
export async function trainModel<B extends Tensor[]>(model: Module, options: TrainingOptions<B>): Promise<Curve> {
  const { run, steps, learningRate, batch, loss: lossOf } = options;
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.max(1, Math.round(0.3 * steps)) }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((...tensors: B) => {
    const loss = lossOf(...tensors);
    optimizer.minimize(loss);
    return { loss };
  });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    step: (index) => step(...batch(index)),
  });
  return curve;
}
