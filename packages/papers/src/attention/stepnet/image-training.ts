import type { FloatImages, Photographs } from "@paperworks/data/images";
import type { TaskRun } from "@paperworks/experiment";
import { crossEntropy, parameters, restoreState, SGD, schedules, stateOf, trainSteps } from "@paperworks/nn";
import { concat, jit, manualSeed, std, type Tensor } from "@paperworks/tensor";
import { accuracyOf, imageBatches, imagesFrom } from "../../image-batches.ts";
import type { AdaptorKind } from "./step-adaptor.ts";
import { StepResNet } from "./step-resnet.ts";
import { neuralStiffness, peakRatio } from "./stiffness.ts";

export interface ImagePlan {
  images: Photographs;
  /** Blocks of each stage. */
  blocks: readonly number[];
  steps: number;
  batch: number;
  /** Images that stiffness is measured on. */
  measured: number;
}

/** The stiffness of a network's blocks that keep the shape, stage by stage. */
export type Profile = number[][];

export type TrainedImages = {
  /** % of the test images. */
  accuracy: number;
  /** Means over test images, in evaluation mode. */
  profile: Profile;
  /** The same network before training, with the statistics of its norms measured on four batches. */
  profileBefore: Profile;
  /** Deviation of a over examples, mean over channels and blocks; 0 where steps are 1. */
  spread: number;
  curve: { step: number; loss: number }[];
};

/** SGD 0.1 with momentum 0.9, weight decay 5·10⁻⁴ and a cosine to 0; flips. */
export async function trainOnImages(
  kinds: AdaptorKind | readonly AdaptorKind[],
  { images, blocks, steps, batch, measured }: ImagePlan,
  run: TaskRun,
): Promise<TrainedImages & { model: StepResNet }> {
  manualSeed(run.seed);
  const model = new StepResNet({ kinds, blocks });
  const before = await profileBeforeTraining(model, images.train, { batch, measured });
  const optimizer = new SGD(parameters(model), {
    lr: schedules.cosine({ peak: 0.1, steps }),
    momentum: 0.9,
    weightDecay: 5e-4,
  });
  const step = jit((pixels: Tensor, labels: Tensor) => {
    const loss = crossEntropy(model.forward(pixels), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const batches = imageBatches(images.train, { batchSize: batch, seed: run.seed });
  model.train();
  const { curve } = await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    step: async (index) => {
      const { images: pixels, labels } = batches(index);
      return step(pixels, labels);
    },
  });
  model.eval();
  const { profile, spread } = await examine(model, images.test, measured);
  const accuracy = await accuracyOf(model, images.test, 100);
  return { accuracy, profile, profileBefore: before, spread, curve, model };
}

/**
 * The stiffness that a network has by its initial weights. Its norms know nothing yet: without statistics of its own the profile
 * would differ for that reason alone. Training goes on from fresh statistics.
 */
async function profileBeforeTraining(
  model: StepResNet,
  train: FloatImages,
  { batch, measured }: { batch: number; measured: number },
): Promise<Profile> {
  const fresh = await stateOf(model);
  const pass = jit((pixels: Tensor) => model.forward(pixels));
  model.train();
  // Four batches again and again: running statistics move a tenth of the way each time.
  for (let index = 0; index < 44; index++) await (await pass(imagesFrom(train, batch * (index % 4), batch))).data();
  model.eval();
  const { profile } = await examine(model, train, measured);
  restoreState(fresh, model);
  return profile;
}

async function examine(
  model: StepResNet,
  set: FloatImages,
  measured: number,
): Promise<{ profile: Profile; spread: number }> {
  const look = jit((pixels: Tensor) => {
    const { stages, sizes } = model.features(pixels);
    const chosen = sizes.flatMap((a) => a ?? []);
    return {
      stiffness: stages.filter((features) => features.length > 1).map((features) => neuralStiffness(features).mean(0)),
      spread: chosen.length === 0 ? undefined : concat(chosen.map((a) => std(a, 0))).mean(),
    };
  });
  const { stiffness, spread } = await look(imagesFrom(set, 0, measured));
  const profile = await Promise.all(stiffness.map(async (stage) => Array.from(await stage.data(), Number)));
  return { profile, spread: spread ? await spread.item() : 0 };
}

/** The mean of the stages' peak ratios. */
export const meanPeakRatio = (profile: Profile): number =>
  profile.reduce((sum, stage) => sum + peakRatio(stage), 0) / profile.length;

/**
 * Adaptors for some blocks alone, the rest with steps of 1.
 *
 * @param profile of the blocks that keep the shape, in their order; the block that changes it has no stiffness, and no ticket
 * @param end     the stiffest blocks, or the least stiff
 */
export function ticketOf(
  model: { readonly blocks: readonly unknown[]; readonly steadyBlocks: readonly number[] },
  profile: Profile,
  { end, count, kind }: { end: "stiffest" | "least stiff"; count: number; kind: AdaptorKind },
): AdaptorKind[] {
  const sign = end === "stiffest" ? -1 : 1;
  const ranked = profile
    .flat()
    .map((xi, i) => ({ xi, block: model.steadyBlocks[i] }))
    .sort((a, b) => sign * (a.xi - b.xi));
  const chosen = new Set(ranked.slice(0, count).map(({ block }) => block));
  return model.blocks.map((_, block) => (chosen.has(block) ? kind : "none"));
}
