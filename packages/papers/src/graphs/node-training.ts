import type { TaskRun } from "@paperworks/experiment";
import { Adam, accuracy, crossEntropy, type Module, parameters } from "@paperworks/nn";
import { argMax, fromArray, jit, type Tensor } from "@paperworks/tensor";

/** Rows of a feature matrix with their labels. */
export interface LabelledRows {
  /** [rows, features] */
  features: Tensor;
  labels: Int32Array;
}

/** Picks rows of a row-major matrix. @returns [rows.length, width] */
export function rowsOf(matrix: Float32Array, width: number, rows: ArrayLike<number>): Tensor {
  const out = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) out.set(matrix.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return fromArray(out, [rows.length, width]);
}

export const pick = (labels: Int32Array, rows: ArrayLike<number>): Int32Array =>
  Int32Array.from({ length: rows.length }, (_, i) => labels[rows[i]]);

export interface Accuracies {
  training: number;
  validation: number;
  test: number;
}

export interface NodeTrainingOptions {
  model: Module;
  /** One optimiser step; gives the loss. */
  loss(): Tensor;
  /** Predicted classes of the nodes in question, in evaluation mode. */
  predict(part: keyof Accuracies): Promise<Int32Array>;
  labels: Record<keyof Accuracies, Int32Array>;
  epochs: number;
  /** Epochs between two looks at the validation nodes. */
  every: number;
  run: TaskRun;
}

/**
 * Trains as the citation benchmarks do: Adam 0.01, weight decay 5e-4; the epoch with the best validation accuracy (the first
 * of equals) is the one that is tested. Test labels choose nothing.
 */
export async function trainOnNodes({
  model,
  loss,
  predict,
  labels,
  epochs,
  every,
  run,
}: NodeTrainingOptions): Promise<Accuracies> {
  const optimizer = new Adam(parameters(model), { lr: 0.01, weightDecay: 5e-4 });
  const step = jit(() => {
    const value = loss();
    optimizer.minimize(value);
    return { loss: value };
  });
  const score = async (part: keyof Accuracies): Promise<number> => accuracy(await predict(part), labels[part]);
  let best: Accuracies = { training: 0, validation: -1, test: 0 };
  for (let epoch = 1; epoch <= epochs; epoch++) {
    model.train();
    const result = await step();
    if (epoch % every !== 0 && epoch !== epochs) continue;
    model.eval();
    const validation = await score("validation");
    if (validation > best.validation)
      best = { training: await score("training"), validation, test: await score("test") };
    await run.progress({ step: epoch, steps: epochs, loss: await result.loss.item() });
  }
  return best;
}

/** `trainOnNodes` for a model of rows: after propagation the graph is not needed any more. */
export function trainOnRows(
  model: Module & { forward(rows: Tensor): Tensor },
  parts: Record<keyof Accuracies, LabelledRows>,
  options: Pick<NodeTrainingOptions, "epochs" | "every" | "run">,
): Promise<Accuracies> {
  const classes = jit((rows: Tensor) => argMax(model.forward(rows)));
  const targets = fromArray(parts.training.labels, [parts.training.labels.length], "int32");
  return trainOnNodes({
    model,
    loss: () => crossEntropy(model.forward(parts.training.features), targets),
    predict: async (part) => (await (await classes(parts[part].features)).data()) as Int32Array,
    labels: { training: parts.training.labels, validation: parts.validation.labels, test: parts.test.labels },
    ...options,
  });
}
