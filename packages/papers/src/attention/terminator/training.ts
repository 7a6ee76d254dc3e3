import { shuffledRows, take } from "@paperworks/data";
import type { FloatImages } from "@paperworks/data/images";
import type { TaskRun } from "@paperworks/experiment";
import { AdamW, clipGlobalNorm, crossEntropy, type Module, parameters, schedules, trainSteps } from "@paperworks/nn";
import { abs, add, concat, fromArray, jit, mean, type Tensor } from "@paperworks/tensor";
import { accuracyOf, imagesFrom } from "../../image-batches.ts";
import type { KernelImage } from "./kernel-images.ts";
import { slowNeuralLoss } from "./slow-neural-loss.ts";

/** A network that may say what it makes of its input on the way. */
export interface Network extends Module {
  forward(x: Tensor): Tensor;
  features?(x: Tensor): { logits: Tensor; features: Tensor[]; kernels?: Tensor[] };
}

export interface TrainingPlan {
  train: FloatImages;
  test: FloatImages;
  steps: number;
  batch: number;
  learningRate: number;
  /** Of the slow neural loss; 1 when absent. */
  slowWeight?: number;
  /** Looks at the model, in evaluation, after these numbers of steps. */
  watch?: { at: readonly number[]; look(step: number): Promise<KernelImage[]> };
}

export type Trained = {
  /** % of the test set. */
  accuracy: number;
  /** Mean of the last twenty steps' cross-entropies. */
  lastLoss: number;
  curve: { step: number; loss: number }[];
  /** Of each block, the mean over channels of |mean of the channel over the test set|; none where features are not told. */
  means: number[];
  /** The channels' means of each block. */
  channelMeans: number[][];
  /** Σ over pairs of blocks of their global kernels' mean squared distance. */
  kernelDistance: number;
  /** What was seen on the way. */
  seen: KernelImage[];
};

/** AdamW with 15 % of warm-up and a cosine to 0, weight decay 0.01, clipped to norm 1; labels smoothed by a tenth. */
export async function train(
  model: Network,
  { train: set, test, steps, batch, learningRate, slowWeight = 1, watch }: TrainingPlan,
  run: TaskRun,
): Promise<Trained> {
  const optimizer = new AdamW(parameters(model), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.max(1, Math.round(0.15 * steps)) }),
    weightDecay: 0.01,
    transforms: [clipGlobalNorm(1)],
  });
  const step = jit((x: Tensor, y: Tensor) => {
    const { logits, kernels = [] } = model.features?.(x) ?? { logits: model.forward(x) };
    const loss = crossEntropy(logits, y, { labelSmoothing: 0.1 });
    optimizer.minimize(
      kernels.length > 1 && slowWeight > 0 ? add(loss, slowNeuralLoss(kernels).mul(slowWeight)) : loss,
    );
    return { loss };
  });
  const rows = shuffledRows({ records: set.labels.data.length, batchSize: batch, seed: run.seed });
  model.train();
  const { curve, evaluations } = await trainSteps<KernelImage[]>({
    run,
    steps,
    state: [model, optimizer],
    step: async (index) => {
      const { images, labels } = take(set, rows(index));
      return step(fromArray(images.data, images.shape), fromArray(labels.data, labels.shape));
    },
    evaluateAt: watch?.at,
    evaluate: async (done) => {
      model.eval();
      const seen = (await watch?.look(done)) ?? [];
      model.train();
      return seen;
    },
  });
  model.eval();
  const last = curve.slice(-2);
  return {
    accuracy: await accuracyOf(model, test, 100),
    lastLoss: last.reduce((sum, { loss }) => sum + loss, 0) / last.length,
    curve,
    seen: evaluations.flatMap(({ value }) => value),
    ...(await examine(model, test)),
  };
}

/** Test images that channel means are taken over. */
const examined = 500;

async function examine(
  model: Network,
  test: FloatImages,
): Promise<Pick<Trained, "means" | "channelMeans" | "kernelDistance">> {
  if (!model.features) return { means: [], channelMeans: [], kernelDistance: 0 };
  const features = model.features.bind(model);
  const look = jit((x: Tensor) => {
    const { features: blocks, kernels = [] } = features(x);
    const means = blocks.map((block) => mean(block, [0, ...block.shape.slice(2).map((_, i) => i + 2)]));
    return {
      channels: means,
      sizes: concat(
        means.map((one) => abs(one).mean().reshape([1])),
        0,
      ),
      distance: slowNeuralLoss(kernels),
    };
  });
  const { channels, sizes, distance } = await look(imagesFrom(test, 0, Math.min(examined, test.labels.data.length)));
  return {
    means: Array.from(await sizes.data(), Number),
    channelMeans: await Promise.all(channels.map(async (one) => Array.from(await one.data(), Number))),
    kernelDistance: (await distance.item()) as number,
  };
}
