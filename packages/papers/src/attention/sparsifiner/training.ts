import {
  AdamW,
  crossEntropy,
  parameters,
  schedules,
  type TrainingRun,
  trainSteps,
  type VisionTransformer,
} from "@paperworks/nn";
import { jit, type Tensor } from "@paperworks/tensor";
import type { ImageBatches } from "../../image-batches.ts";
import type { Curve } from "./train-sparsifiner.ts";

/** AdamW 1e-3 with weight decay 0.05, a fifth of warm-up and a cosine to 0. */
export async function trainTeacher(
  model: VisionTransformer,
  data: ImageBatches,
  steps: number,
  run: TrainingRun,
): Promise<Curve> {
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: 1e-3, steps, warmup: Math.round(steps / 5) }),
    weightDecay: 0.05,
  });
  const step = jit((images: Tensor, labels: Tensor) => {
    const loss = crossEntropy(model.forward(images), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const take = (index: number): Promise<{ loss: Tensor }> => {
    const { images, labels } = data(index);
    return step(images, labels);
  };
  return (await trainSteps({ run, steps, state: [model, optimizer], step: take })).curve;
}
