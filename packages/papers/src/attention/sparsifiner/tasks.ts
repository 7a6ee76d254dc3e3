import type { ArrayBatch } from "@paperworks/data";
import type { FloatImages, Photographs } from "@paperworks/data/images";
import { type ModelFiles, mean, type TaskRun } from "@paperworks/experiment";
import { drawLinearWeights, loadInto, saveSafetensors, schedules, VisionTransformer } from "@paperworks/nn";
import { exportOnnx, fromArray, manualSeed, zeros } from "@paperworks/tensor";
import { accuracyOf, imageBatches } from "../../image-batches.ts";
import { type Connections, connectionsOf } from "./connections.ts";
import { type Coverage, coverageOf } from "./coverage.ts";
import { Sparsifiner, startFrom } from "./sparsifiner.ts";
import { basisInit, keeps, modelSize, type System, studentOf } from "./systems.ts";
import { type Curve, distill, reconstructAttention } from "./train-sparsifiner.ts";
import { trainTeacher } from "./training.ts";

/** How long and on what all systems train. */
export interface Plan {
  readonly images: Photographs;
  /** Of teachers and, in stage 1, of predictors; of students in stage 2. */
  readonly teacherBatch: number;
  readonly studentBatch: number;
  /** Images of a measurement at a time; divides the test images. */
  readonly testBatch: number;
  /** Of the test images, those whose attention is measured. */
  readonly coverageImages: number;
  readonly teacherSteps: number;
  readonly reconstructionSteps: number;
  readonly distillationSteps: number;
  readonly learningRate: number;
}

/** A teacher's weights, and its test accuracy in percent. */
export type Taught = { teacher: Uint8Array; accuracy: number };
/** The teacher's weights with those of predictors that were fitted to it, what they cover at each budget, and β. */
export type Fitted = { student: Uint8Array; coverage: Coverage[]; density: number; curve: Curve };
export type Distilled = { accuracy: number; curve: Curve; connections: Connections | null };

/** A dense teacher, its linear maps drawn as PyTorch draws them: attention then starts closer to uniform than with Glorot's rule. */
export async function teach({ images, teacherBatch, testBatch, teacherSteps }: Plan, run: TaskRun): Promise<Taught> {
  manualSeed(run.seed);
  const model = new VisionTransformer(modelSize);
  drawLinearWeights(model);
  await trainTeacher(model, imageBatches(images.train, { batchSize: teacherBatch, seed: run.seed }), teacherSteps, run);
  return {
    teacher: await saveSafetensors(model),
    accuracy: await accuracyOf(model, images.test, testBatch),
  };
}

function restored({ teacher }: Taught): VisionTransformer {
  const model = new VisionTransformer(modelSize);
  loadInto(model, teacher);
  return model;
}

/** Batches of the students: other ones than their teacher's. */
const studentSeed = (seed: number): number => seed + 1000;

/** Stage 1, which knows no budget: students of all budgets share it. */
export async function fit(
  { images, teacherBatch, testBatch, coverageImages, reconstructionSteps: steps }: Plan,
  taught: Taught,
  run: TaskRun,
  by: "size" | "signed",
): Promise<Fitted> {
  manualSeed(run.seed);
  const student = new Sparsifiner({ ...modelSize, keep: keeps[0], basisInit, fit: by });
  startFrom(student, taught.teacher);
  const data = imageBatches(images.train, { batchSize: teacherBatch, seed: studentSeed(run.seed) });
  const curve = await reconstructAttention(restored(taught), student, data, { steps, learningRate: 3e-3, run });
  const densities = await Promise.all(student.predictors.map((predictor) => predictor.basisDensity()));
  return {
    student: await saveSafetensors(student),
    coverage: await coverageOf(student, firstImages(images.test, coverageImages), keeps, testBatch),
    density: mean(densities),
    curve,
  };
}

/**
 * Stage 2 of one student, from its teacher's weights and the predictors that stage 1 left.
 *
 * @param keepModel is given the files of a student with predictors, whose connections are then looked at too
 */
export async function distillStudent(
  { images, studentBatch, testBatch, distillationSteps: steps, learningRate }: Plan,
  system: System,
  { taught, fitted }: { taught: Taught; fitted: Fitted },
  run: TaskRun,
  keepModel?: (files: ModelFiles) => void,
): Promise<Distilled> {
  manualSeed(run.seed);
  const student = studentOf(system);
  startFrom(student, taught.teacher);
  if (student instanceof Sparsifiner && student.predictors.length > 0) loadInto(student, fitted.student);
  const data = imageBatches(images.train, { batchSize: studentBatch, seed: studentSeed(run.seed) });
  const rate = schedules.cosine({ peak: learningRate, steps, warmup: Math.round(steps / 15) });
  const curve = await distill(restored(taught), student, data, { steps, learningRate: rate, run });
  const accuracy = await accuracyOf(student, images.test, testBatch);
  if (!keepModel || !(student instanceof Sparsifiner)) return { accuracy, curve, connections: null };
  keepModel(await filesOf(student));
  const shown = firstImages(images.test, 1);
  return { accuracy, curve, connections: await connectionsOf(student, fromArray(shown.data, shown.shape)) };
}

/** Some images of a set, as they lie in it. */
function firstImages({ images: { data, shape } }: FloatImages, count: number): ArrayBatch<Float32Array> {
  const [all, ...image] = shape;
  return { data: data.slice(0, (data.length / all) * count), shape: [count, ...image] };
}

/** The model as it is meant to run: each query gathers its own keys. */
async function filesOf(student: Sparsifiner): Promise<ModelFiles> {
  const example = { images: zeros([1, 3, modelSize.image, modelSize.image]) };
  const onnx = await exportOnnx(
    ({ images }) => ({ logits: student.head.forward(student.features(images, { execution: "gathered" }).pooled) }),
    example,
  );
  return { onnx, safetensors: await saveSafetensors(student) };
}
