import {
  Adam,
  AdamW,
  distillationLoss,
  type LearningRate,
  parameters,
  type TrainingRun,
  takeTokens,
  trainSteps,
  type VisionTransformer,
} from "@paperworks/nn";
import { add, DomainError, jit, mul, slice, square, stopGradient, sub, sum, type Tensor } from "@paperworks/tensor";
import type { ImageBatches } from "../../image-batches.ts";
import { Sparsifiner } from "./sparsifiner.ts";

export interface StagePlan {
  steps: number;
  learningRate: LearningRate;
  /** Decoupled decay of the weights. */
  weightDecay?: number;
  /** Watches and keeps the stage; nobody does when absent. */
  run?: TrainingRun;
}

export interface SparsifinerSchedule {
  reconstruction: StagePlan;
  distillation: StagePlan;
}

export type Curve = { step: number; loss: number }[];

const unwatched: TrainingRun = {
  restored: undefined,
  progress: async () => {},
  checkpoint: async () => false,
};

const reconstructionWeight = 0.01;

/**
 * How far the predictors' estimates are from the teacher's attention, the class token's rows left out:
 *
 *   L = 0.01 · mean over layers of Σ (Ã − A)²
 *
 * The student attends densely meanwhile, since masks of untrained predictors would distort its tokens. The gradient reaches the
 * predictors alone.
 *
 * @throws DomainError for a student without predictors or of another depth
 */
export function reconstructionLoss(teacher: VisionTransformer, student: Sparsifiner, images: Tensor): Tensor {
  const targets = teacher.features(images).attention;
  const estimates = student.features(images, { execution: "dense" }).mixings.map(({ approximation }) => approximation);
  if (targets.length !== estimates.length)
    throw new DomainError(`a student of ${estimates.length} blocks cannot learn the attention of ${targets.length}`);
  const layers = targets.map((target, i) => {
    const estimate = estimates[i];
    if (!target || !estimate)
      throw new DomainError(`block ${i}: the teacher must have attention weights and the student a predictor`);
    return sum(square(sub(estimate, stopGradient(slice(target, [{ axis: 2, start: 1 }])))));
  });
  return mul(layers.reduce(add), reconstructionWeight / layers.length);
}

/** Stage 1: the predictors alone learn the teacher's attention, by Adam. */
export async function reconstructAttention(
  teacher: VisionTransformer,
  student: Sparsifiner,
  data: ImageBatches,
  { steps, learningRate, weightDecay, run = unwatched }: StagePlan,
): Promise<Curve> {
  const optimizer = new Adam(parameters(student.predictors), { lr: learningRate, weightDecay });
  const step = jit((images: Tensor) => {
    const loss = reconstructionLoss(teacher, student, images);
    optimizer.minimize(loss);
    return { loss };
  });
  const state = [...student.predictors, optimizer];
  return (await trainSteps({ run, steps, state, step: (index) => step(data(index).images) })).curve;
}

/** Stage 2's loss: labels, the teacher's logits, and its tokens of the patches that the student has left. */
export function studentLoss(
  teacher: VisionTransformer,
  student: VisionTransformer,
  images: Tensor,
  labels: Tensor,
): Tensor {
  const [target, own] = [teacher.features(images), student.features(images)];
  const kept = "kept" in own ? (own.kept as Tensor | undefined) : undefined;
  const tokens = kept ? takeTokens(target.tokens, kept) : target.tokens;
  return distillationLoss(
    { logits: student.head.forward(own.pooled), tokens: student.ofPatches(own.tokens) },
    { logits: teacher.head.forward(target.pooled), tokens: teacher.ofPatches(tokens) },
    { labels },
  );
}

/**
 * Stage 2: the student learns from labels and teacher with its masks on, by AdamW. Predictors stay as they are: no gradient passes
 * a mask, and weight decay alone would wear them away.
 */
export async function distill(
  teacher: VisionTransformer,
  student: VisionTransformer,
  data: ImageBatches,
  { steps, learningRate, weightDecay = 0.05, run = unwatched }: StagePlan,
): Promise<Curve> {
  const fixed = new Set(student instanceof Sparsifiner ? parameters(student.predictors) : []);
  const optimizer = new AdamW(
    parameters(student).filter((parameter) => !fixed.has(parameter)),
    { lr: learningRate, weightDecay },
  );
  const step = jit((images: Tensor, labels: Tensor) => {
    const loss = studentLoss(teacher, student, images, labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const trained = await trainSteps({
    run,
    steps,
    state: [student, optimizer],
    step: (index) => {
      const { images, labels } = data(index);
      return step(images, labels);
    },
  });
  return trained.curve;
}

/**
 * Makes a sparse student of a trained dense teacher, whose weights it has been given (`startFrom`): first the predictors learn the
 * teacher's attention, then the student works with their masks and is distilled.
 *
 * Source: "Sparsifiner: Learning Sparse Instance-Dependent Attention for Efficient Vision Transformers", section 3.
 *
 * @param data the batches of both stages
 * @returns the losses of both
 */
export async function trainSparsifiner(
  teacher: VisionTransformer,
  student: Sparsifiner,
  data: ImageBatches,
  schedule: SparsifinerSchedule,
): Promise<{ reconstruction: Curve; distillation: Curve }> {
  const reconstruction = await reconstructAttention(teacher, student, data, schedule.reconstruction);
  return { reconstruction, distillation: await distill(teacher, student, data, schedule.distillation) };
}
