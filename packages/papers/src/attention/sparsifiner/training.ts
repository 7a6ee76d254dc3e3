import { Random, shuffledRows } from "@paperworks/data";
import { augmentedBatch, type FloatImages } from "@paperworks/data/images";
import {
  AdamW,
  crossEntropy,
  parameters,
  schedules,
  type TrainingRun,
  trainSteps,
  type VisionTransformer,
} from "@paperworks/nn";
import { argMax, cast, equal, fromArray, jit, sum, type Tensor } from "@paperworks/tensor";
import type { Curve, LabelledImages } from "./train-sparsifiner.ts";

/** Flipped batches of a set; the same seed gives the same ones to every system. */
export function flippedBatches(set: FloatImages, batchSize: number, seed: number): LabelledImages {
  const rows = shuffledRows({ records: set.labels.data.length, batchSize, seed });
  return (step) => {
    const { images, labels } = augmentedBatch(set, rows(step), new Random(seed).fork(`flips of step ${step}`));
    return { images: fromArray(images.data, images.shape), labels: fromArray(labels.data, labels.shape) };
  };
}

/** AdamW 1e-3 with weight decay 0.05, a fifth of warm-up and a cosine to 0. */
export async function trainTeacher(
  model: VisionTransformer,
  data: LabelledImages,
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

/** Percent of a set that is classified right. @param batch divides the set */
export async function accuracyOf(
  model: VisionTransformer,
  { images, labels }: FloatImages,
  batch: number,
): Promise<number> {
  const right = jit((part: Tensor, classes: Tensor) =>
    sum(cast(equal(argMax(model.forward(part)), classes), "float32")),
  );
  const [count, ...shape] = images.shape;
  const width = images.data.length / count;
  let total = 0;
  for (let start = 0; start < count; start += batch) {
    const part = fromArray(images.data.slice(start * width, (start + batch) * width), [batch, ...shape]);
    const classes = fromArray(labels.data.slice(start, start + batch), [batch]);
    total += (await (await right(part, classes)).item()) as number;
  }
  return (100 * total) / count;
}
