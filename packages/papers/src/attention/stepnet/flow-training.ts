import { Random } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import {
  Adam,
  clipGlobalNorm,
  meanSquaredError,
  parameterCount,
  parameters,
  schedules,
  trainSteps,
} from "@paperworks/nn";
import { fromArray, gather, jit, manualSeed, mean, type Tensor, unstack } from "@paperworks/tensor";
import { type FlowData, macroSteps, statesOf } from "./flow-data.ts";
import { FlowNet, type FlowNetOptions } from "./flow-net.ts";
import { neuralStiffness, peakRecall, profileFidelity, trajectoryProfile } from "./stiffness.ts";

export interface FlowPlan {
  train: FlowData;
  test: FlowData;
  steps: number;
  batch: number;
  learningRate: number;
}

/** A start with the true path, the network's and the step sizes on the way. */
export type DrawnPath = {
  start: number;
  step: number;
  v: number;
  w: number;
  /** ξ of the true path's step from here. */
  xi: number;
  predictedV: number;
  predictedW: number;
  /** The mean of a over channels at the step from here; 1 for the plain network. */
  a: number;
};

export type TrainedFlow = {
  parameters: number;
  /** Test error over the variance of the test states. */
  error: number;
  /** Mean correlation of the profile of the predicted states with the true one. */
  fidelity: number;
  /** Share of test paths whose stiffest step is found to within one. */
  recall: number;
  /** Mean deviation of a over the steps of a path. */
  spread: number;
  curve: { step: number; loss: number }[];
  paths: DrawnPath[];
};

/** Adam with a cosine to 0, gradients clipped to norm 1. */
export async function trainFlow(options: FlowNetOptions, plan: FlowPlan, run: TaskRun): Promise<TrainedFlow> {
  const { train, test, steps, batch, learningRate } = plan;
  manualSeed(run.seed);
  const net = new FlowNet(options);
  const optimizer = new Adam(parameters(net), {
    lr: schedules.cosine({ peak: learningRate, steps }),
    transforms: [clipGlobalNorm(1)],
  });
  const starts = fromArray(train.starts, [train.count, 2]);
  const states = fromArray(train.states, [train.count, macroSteps, 2]);
  const step = jit((rows: Tensor) => {
    const loss = meanSquaredError(net.forward(gather(starts, rows)), gather(states, rows));
    optimizer.minimize(loss);
    return { loss };
  });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [net, optimizer],
    step: async (index) => {
      const random = new Random(run.seed).fork(`step ${index}`);
      return step(
        fromArray(
          Int32Array.from({ length: batch }, () => random.integer(train.count)),
          [batch],
        ),
      );
    },
  });
  return { parameters: parameterCount(net), ...(await examine(net, test)), curve };
}

async function examine(net: FlowNet, test: FlowData): Promise<Omit<TrainedFlow, "curve" | "parameters">> {
  const path = jit((u0: Tensor) => {
    const { states, sizes } = net.path(u0);
    const all = [u0, ...unstack(states, 1)];
    return { states, stiffness: neuralStiffness(all), sizes: sizes ? mean(sizes, 2) : undefined };
  });
  const { states, stiffness, sizes } = await path(fromArray(test.starts, [test.count, 2]));
  const [predicted, own] = [await states.data(), await stiffness.data()] as Float32Array[];
  const a = sizes ? ((await sizes.data()) as Float32Array) : undefined;
  const rowOf = (values: Float32Array, i: number): Float32Array =>
    values.subarray(i * macroSteps, (i + 1) * macroSteps);
  const all = Array.from({ length: test.count }, (_, i) => i);
  const truths = all.map((i) => trajectoryProfile(statesOf(test, i)));
  const profiles = all.map((i) => rowOf(own, i));
  const average = (of: (i: number) => number): number => all.reduce((sum, i) => sum + of(i), 0) / all.length;
  return {
    error: relativeError(predicted, test.states),
    fidelity: average((i) => profileFidelity(profiles[i], truths[i])),
    recall: peakRecall(profiles, truths),
    spread: a ? average((i) => deviation(rowOf(a, i))) : 0,
    paths: all.slice(0, drawnStarts).flatMap((start) =>
      Array.from({ length: macroSteps }, (_, step): DrawnPath => {
        const [v, w] = statesOf(test, start)[step + 1];
        const at = 2 * (start * macroSteps + step);
        const [predictedV, predictedW] = [predicted[at], predicted[at + 1]];
        return {
          start,
          step,
          v,
          w,
          xi: truths[start][step],
          predictedV,
          predictedW,
          a: a?.[start * macroSteps + step] ?? 1,
        };
      }),
    ),
  };
}

/** Test paths that the picture shows. */
const drawnStarts = 24;

/** Σ(p − y)² / Σ(y − ȳ)², ȳ for each coordinate. */
function relativeError(predicted: Float32Array, states: Float32Array): number {
  let [error, variance] = [0, 0];
  for (const axis of [0, 1]) {
    const values = states.filter((_, i) => i % 2 === axis);
    const centre = values.reduce((a, b) => a + b, 0) / values.length;
    for (let i = axis; i < states.length; i += 2) {
      error += (predicted[i] - states[i]) ** 2;
      variance += (states[i] - centre) ** 2;
    }
  }
  return error / variance;
}

function deviation(values: Float32Array): number {
  const centre = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length);
}
