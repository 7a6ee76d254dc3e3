import { type ArrayBatch, type DataSource, mnist, shuffledRows, take } from "@paperworks/data";
import { strokeDigits } from "@paperworks/data/images";
import { listOps, pixelSequence } from "@paperworks/data/sequences";
import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { crossEntropy, type EmaForm } from "@paperworks/nn";
import { argMax, fromArray, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import type { SequenceModel, SequenceModelOptions } from "./sequence-model.ts";
import { modelOf, type System } from "./systems.ts";
import { type Curve, trainModel } from "./training.ts";

/** Sequences with one class each. */
export interface Labelled {
  /** [N, length] */
  readonly sequences: ArrayBatch<Int32Array> | ArrayBatch<Float32Array>;
  /** [N] */
  readonly labels: ArrayBatch<Int32Array>;
}

export interface ClassificationTask {
  readonly training: Labelled;
  readonly test: Labelled;
  /** What the model has to know of the sequences. */
  readonly input: Pick<SequenceModelOptions, "vocabulary" | "padding">;
}

export interface ClassificationSize {
  readonly training: number;
  readonly test: number;
}

/** Nested lists of up to 128 symbols, whose value is the class. */
export function listOpsTask(
  { training, test }: ClassificationSize,
  maxLength: number,
  seed: number,
): ClassificationTask {
  const part = (sequences: number, of: number) => {
    const { tokens, labels } = listOps({
      sequences,
      maxLength,
      minLength: Math.min(16, maxLength),
      depth: 4,
      seed: of,
    });
    return { sequences: tokens, labels };
  };
  const { vocabulary } = listOps({ sequences: 1, maxLength, depth: 1, seed });
  return { training: part(training, 2 * seed), test: part(test, 2 * seed + 1), input: { vocabulary, padding: 0 } };
}

/** Handwritten digits on 14 × 14 pixels, read pixel by pixel. */
export async function pixelTask(
  data: DataSource,
  { training, test }: ClassificationSize,
  seed: number,
): Promise<ClassificationTask> {
  const count = training + test;
  const digits =
    (await mnist(data)) ??
    data.generated("mnist", strokeDigits({ count, seed }), { from: `strokeDigits, seed ${seed}`, records: count });
  const rows = (start: number, length: number): Labelled => {
    const part = take(
      digits,
      Int32Array.from({ length }, (_, i) => start + i),
    );
    return { sequences: pixelSequence(part.images, { pool: 2 }), labels: part.labels };
  };
  return { training: rows(0, training), test: rows(training, test), input: {} };
}

export interface ClassifierPlan {
  readonly dim: number;
  readonly depth: number;
  readonly chunk: number;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
}

export type Classified = { accuracy: number; curve: Curve };

/** A classifier that sees both sides. @param form of MEGA's averages: a product with a matrix is the fastest for short sequences */
export const classifierOf = (
  system: System,
  input: ClassificationTask["input"],
  { dim, depth, chunk }: Pick<ClassifierPlan, "dim" | "depth" | "chunk">,
  form: EmaForm,
): SequenceModel =>
  modelOf(system, { ...input, dim, depth, chunk, causal: false, pooled: true, outputs: 10, ema: { form } });

const tensorOf = ({ data, shape }: ArrayBatch<Int32Array> | ArrayBatch<Float32Array>): Tensor => fromArray(data, shape);

/** Trains a system on a task and counts its right answers. */
export async function classify(
  system: System,
  task: ClassificationTask,
  plan: ClassifierPlan,
  run: TaskRun,
): Promise<Classified> {
  manualSeed(run.seed);
  const { steps, batch, learningRate } = plan;
  const model = classifierOf(system, task.input, plan, "kernel");
  const rowsOf = shuffledRows({ records: task.training.labels.shape[0], batchSize: batch, seed: run.seed });
  const columns = { ...task.training };
  const curve = await trainModel(model, {
    run,
    steps,
    learningRate,
    batch: (step) => {
      const { sequences, labels } = take(columns, rowsOf(step));
      return [tensorOf(sequences), tensorOf(labels)];
    },
    loss: (sequences, labels) => crossEntropy(model.forward(sequences), labels),
  });
  const answer = jit((sequences: Tensor) => argMax(model.forward(sequences), -1));
  const { test } = task;
  const [records] = test.labels.shape;
  let right = 0;
  for (let start = 0; start < records; start += 100) {
    const rows = Int32Array.from({ length: Math.min(100, records - start) }, (_, i) => start + i);
    const { sequences, labels } = take({ ...test }, rows);
    const answers = await (await answer(tensorOf(sequences))).data();
    right += labels.data.filter((label, i) => label === Number(answers[i])).length;
  }
  return { accuracy: right / records, curve };
}

/** Seconds that untrained classifiers take for sequences of symbols of one length. */
export async function timeInference(
  plan: Pick<ClassifierPlan, "dim" | "depth" | "chunk">,
  { length, batch, rounds }: { length: number; batch: number; rounds: number },
  run: TaskRun,
): Promise<Record<"MEGA" | "TCNCA", number>> {
  const sequences = fromArray(
    Int32Array.from({ length: batch * length }, (_, i) => i % 16),
    [batch, length],
  );
  const inferring = (system: System) => {
    const model = classifierOf(system, { vocabulary: 16 }, plan, "fft");
    const forward = jit((x: Tensor) => model.forward(x));
    return () => forward(sequences);
  };
  const { MEGA, TCNCA } = await measureLatency(
    { MEGA: inferring("MEGA"), TCNCA: inferring("TCNCA") },
    { rounds, progress: run.progress },
  );
  return { MEGA: MEGA.median, TCNCA: TCNCA.median };
}
