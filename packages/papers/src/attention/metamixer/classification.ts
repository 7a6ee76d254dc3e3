import type { Photographs } from "@paperworks/data/images";
import type { ModelFiles, TaskRun } from "@paperworks/experiment";
import { AdamW, crossEntropy, parameters, saveSafetensors, schedules, trainSteps } from "@paperworks/nn";
import { abs, exportOnnx, jit, manualSeed, max, sub, type Tensor, zeros } from "@paperworks/tensor";
import { accuracyOf, imageBatches, imagesFrom } from "../../image-batches.ts";
import { type Classifier, classifierOf, type System } from "./systems.ts";

export interface ClassificationPlan {
  readonly images: Photographs;
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Images of a measurement at a time. */
  readonly testBatch: number;
}

export type Classified = {
  /** Of the test images, in percent. */
  accuracy: number;
  /** The largest difference that folding makes to a logit of some test images. */
  folding: number;
  curve: { step: number; loss: number }[];
};

/** AdamW with weight decay 0.05 in one cycle: a quarter of warm-up and a cosine to 0. Images are flipped and shifted by up to 2 pixels. */
export async function trainClassifier(
  system: System,
  { images, batch, steps, learningRate, testBatch }: ClassificationPlan,
  run: TaskRun,
): Promise<{ network: Classifier; result: Classified }> {
  manualSeed(run.seed);
  const network = classifierOf(system);
  const optimizer = new AdamW(parameters(network), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.round(steps / 4) }),
    weightDecay: 0.05,
  });
  const step = jit((pictures: Tensor, labels: Tensor) => {
    const loss = crossEntropy(network.forward(pictures), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const batches = imageBatches(images.train, { batchSize: batch, seed: run.seed, shift: 2 });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [network, optimizer],
    step: (index) => {
      const { images: pictures, labels } = batches(index);
      return step(pictures, labels);
    },
  });
  network.eval();
  const some = imagesFrom(images.test, 0, 16);
  const folding = await max(abs(sub(network.forward(some), network.reparameterise().forward(some)))).item();
  const accuracy = await accuracyOf(network, images.test, testBatch);
  return { network, result: { accuracy, folding: folding as number, curve } };
}

/** The network as it is meant to run, and the weights it was trained with. */
export async function filesOf(network: Classifier, side: number): Promise<ModelFiles> {
  const plain = network.reparameterise();
  const onnx = await exportOnnx(({ images }) => ({ logits: plain.forward(images) }), {
    images: zeros([1, 3, side, side]),
  });
  return { onnx, safetensors: await saveSafetensors(network) };
}
