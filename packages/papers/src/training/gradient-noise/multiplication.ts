import { arithmeticTokens, binaryMultiplication } from "@paperworks/data/sequences";
import type { ExperimentContext, TaskRun, VegaLiteSpec } from "@paperworks/experiment";
import { Adam, annealedGradientNoise, crossEntropy, parameters } from "@paperworks/nn";
import { argMax, fromArray, Generator, jit, mul } from "@paperworks/tensor";
import { forEachRestart, NeuralGpu } from "./neural-gpu.ts";

/** Restarts of one variant: as many as a graph holds comfortably. */
export const multiplicationRestarts = 16;
const bits = 2;
const vocab = Object.keys(arithmeticTokens).length;
/** A model is accurate when fewer digits than this are wrong, as in the paper's table of restarts. */
export const accurate = 0.01;

export interface MultiplicationOptions {
  /** η of the annealed noise; 0 is none. */
  eta: number;
  quick?: boolean;
  restarts?: number;
}

/**
 * Trains R Neural GPUs in one graph to multiply two numbers of two bits: all sixteen products at every step, Adam 0.01,
 * the loss summed over the models so that each is trained as if alone.
 *
 * The noise enters each model's own gradient, that of its mean cross-entropy over the 64 digits of all products.
 *
 * @returns for each model the share of wrong digits after the last step
 */
export async function multiplyByNeuralGpu(
  run: TaskRun,
  { eta, quick = false, restarts = multiplicationRestarts }: MultiplicationOptions,
): Promise<number[]> {
  const task = binaryMultiplication({ bits, count: "all", seed: run.seed });
  const tokens = fromArray(task.inputs.data, task.inputs.shape, "int32");
  // Only digits count: a negative label leaves its place out.
  const labels = Int32Array.from(task.targets.data, (target, i) => (task.mask.data[i] > 0 ? target : -1));
  const targets = forEachRestart(fromArray(labels, task.targets.shape, "int32"), restarts);
  const model = new NeuralGpu({ vocab, restarts, generator: new Generator(run.seed) });
  const optimizer = new Adam(parameters(model), {
    lr: 0.01,
    transforms: eta > 0 ? [annealedGradientNoise({ eta, seed: run.seed })] : [],
  });
  const step = jit(() => {
    const loss = crossEntropy(model.forward(tokens), targets);
    // The mean over all models, times their number: the sum of each one's mean.
    optimizer.minimize(mul(loss, restarts));
    return { loss };
  });
  const steps = quick ? 20 : 600;
  for (let t = 1; t <= steps; t++) {
    const { loss } = await step();
    if (t % 10 === 0 || t === steps) await run.progress({ step: t, steps, loss: await loss.item() });
  }
  const predicted = await jit(() => argMax(model.forward(tokens)))();
  return errorsOf((await predicted.data()) as Int32Array, labels, restarts);
}

/** The share of wrong digits of each model; negative labels do not count. @param predicted [R, labels] */
export function errorsOf(predicted: ArrayLike<number | bigint>, labels: Int32Array, restarts: number): number[] {
  const digits = labels.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0);
  return Array.from({ length: restarts }, (_, r) => {
    const wrong = labels.reduce(
      (count, label, i) => count + (label >= 0 && Number(predicted[r * labels.length + i]) !== label ? 1 : 0),
      0,
    );
    return wrong / digits;
  });
}

/**
 * η of the variant with noise, the smallest of the paper's {0.01, 0.3, 1}. Of seed 1's sixteen models 16 are accurate with it,
 * 9 with 0.1, and all 16 without noise: at two bits every restart succeeds, so noise has nothing to gain here.
 */
const noiseEta = 0.01;

/** Restarts with and without noise, counted. No claim rests on them. */
export async function multiplication({
  quick,
  task,
  metric,
  table,
  figure,
}: Pick<ExperimentContext, "quick" | "task" | "metric" | "table" | "figure">): Promise<void> {
  const train = (name: string, eta: number): Promise<number[]> =>
    task(`multiplication.${name}`, (run) => multiplyByNeuralGpu(run, { eta, quick }));
  const errors = { noise: await train("noise", noiseEta), none: await train("none", 0) };
  const count = (values: readonly number[]): number => values.filter((error) => error < accurate).length;
  metric("multiplication.noise", count(errors.noise));
  metric("multiplication.none", count(errors.none));
  table("multiplication", {
    columns: ["gradient", "accurate models", "models", "mean error %"],
    rows: Object.entries(errors).map(([name, values]) => [
      name === "noise" ? `annealed noise, η = ${noiseEta}` : "no noise",
      count(values),
      values.length,
      Math.round((1000 * values.reduce((a, b) => a + b, 0)) / values.length) / 10,
    ]),
    caption: "Neural GPUs that multiply two numbers of two bits; accurate: fewer than 1 % of the digits wrong.",
  });
  figure("restarts", restartFigure(errors), {
    title: "Restarts of a Neural GPU",
    caption: "How many restarts end with which share of wrong digits.",
  });
}

/** A histogram of final errors, one panel a variant. */
export function restartFigure(errors: Readonly<Record<string, readonly number[]>>): VegaLiteSpec {
  const values = Object.entries(errors).flatMap(([system, list]) => list.map((error) => ({ system, error })));
  return {
    data: { values },
    mark: "bar",
    encoding: {
      x: { field: "error", type: "quantitative", bin: { step: 0.05, extent: [0, 1] }, title: "share of wrong digits" },
      y: { aggregate: "count", type: "quantitative", title: "restarts" },
      row: { field: "system", type: "nominal", title: null },
    },
  };
}
