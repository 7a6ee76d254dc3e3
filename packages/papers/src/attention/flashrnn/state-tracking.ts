import { Random } from "@paperworks/data";
import { parityData, type RunningSumTask } from "@paperworks/data/sequences";
import type { TaskRun } from "@paperworks/experiment";
import { AdamW, crossEntropy, parameters, trainSteps } from "@paperworks/nn";
import { add, argMax, fromArray, grad, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import type { FlashRnnGradients } from "./flash-rnn.ts";
import { hiddenOf, mergeHeads } from "./headwise-rnn.ts";
import { RecurrentTracker, TransformerTracker } from "./tracking-models.ts";

export interface TrackingPlan {
  readonly steps: number;
  readonly batch: number;
  /** The longest sequence of the training; the shortest has one token. */
  readonly trained: number;
  /** Length of the test sequences. */
  readonly tested: number;
  readonly testSequences: number;
}

export type Tracked = {
  /** Share of right labels at each position of the test sequences. */
  accuracy: number[];
  curve: { step: number; loss: number }[];
};

const [trackerHeads, trackerHeadDim, classes] = [2, 16, 2];

/** The batch of a step, the same for every system of a seed. */
const batchOf = ({ batch, trained }: TrackingPlan, seed: number, index: number): RunningSumTask =>
  parityData({ sequences: batch, length: trained, shortest: 1, seed: new Random(seed).fork(`step ${index}`) });

const testOf = ({ tested, testSequences }: TrackingPlan, seed: number): RunningSumTask =>
  parityData({ sequences: testSequences, length: tested, seed: new Random(seed).fork("test") });

/**
 * A recurrent network learns running parity with the fused kernels. The host calls them between programs of the engine: one
 * projects the inputs, the kernel runs, one gives the loss and its gradient with respect to h, the kernel runs back, and one
 * takes the step.
 *
 * @param keep given the trained model
 */
export async function trackWithCell(
  cell: Cell,
  plan: TrackingPlan,
  run: TaskRun,
  keep?: (model: RecurrentTracker) => Promise<void>,
): Promise<Tracked> {
  manualSeed(run.seed);
  const model = new RecurrentTracker({ cell, classes, heads: trackerHeads, headDim: trackerHeadDim });
  const optimizer = new AdamW(parameters(model), { lr: 1e-2, weightDecay: 0 });
  const project = jit((tokens: Tensor) => model.rnn.project(model.inputs(tokens)));
  const read = (hidden: Tensor): Tensor => model.readout.forward(mergeHeads(hidden));
  const look = jit((states: Tensor, labels: Tensor) => {
    const hidden = hiddenOf(states);
    const loss = crossEntropy(read(hidden), labels);
    return { loss, outputs: grad(loss, [hidden])[0] };
  });
  const update = jit((tokens: Tensor, states: Tensor, labels: Tensor, gradients: RnnGradients) => {
    const ofReadout = crossEntropy(read(hiddenOf(states)), labels);
    optimizer.minimize(add(ofReadout, model.rnn.surrogate(model.inputs(tokens), gradients)));
  });
  const predict = jit((states: Tensor) => argMax(read(hiddenOf(states)), -1));
  const { curve } = await trainSteps({
    run,
    steps: plan.steps,
    state: [model, optimizer],
    async step(index) {
      const { tokens, labels } = tensorsOf(batchOf(plan, run.seed, index));
      const forward = await model.rnn.run(await project(tokens), { keepGates: true });
      const { loss, outputs } = await look(forward.states, labels);
      const { wx, r, bias } = await model.rnn.back(forward, outputs);
      await update(tokens, forward.states, labels, { wx, r, bias });
      return { loss };
    },
  });
  await keep?.(model);
  const test = testOf(plan, run.seed);
  const { states } = await model.rnn.run(await project(tensorsOf(test).tokens));
  return { curve, accuracy: await accuracyOf(await predict(states), test) };
}

/** The Transformer learns the same from the same batches; every sequence begins at a position drawn for it. */
export async function trackWithTransformer(plan: TrackingPlan, run: TaskRun): Promise<Tracked> {
  manualSeed(run.seed);
  const model = new TransformerTracker({ classes, positions: plan.tested, dim: 64, heads: 4, depth: 2 });
  const optimizer = new AdamW(parameters(model), { lr: 1e-3, weightDecay: 0 });
  const step = jit((tokens: Tensor, places: Tensor, labels: Tensor) => {
    const loss = crossEntropy(model.forward(tokens, places), labels);
    optimizer.minimize(loss);
    return { loss };
  });
  const { curve } = await trainSteps({
    run,
    steps: plan.steps,
    state: [model, optimizer],
    step(index) {
      const { tokens, labels } = tensorsOf(batchOf(plan, run.seed, index));
      const random = new Random(run.seed).fork(`places ${index}`);
      const starts = Array.from({ length: plan.batch }, () => random.integer(plan.tested - plan.trained + 1));
      return step(tokens, placesFrom(starts, plan.trained), labels);
    },
  });
  const test = testOf(plan, run.seed);
  const predict = jit((tokens: Tensor, places: Tensor) => argMax(model.forward(tokens, places), -1));
  const starts = new Array<number>(plan.testSequences).fill(0);
  return {
    curve,
    accuracy: await accuracyOf(await predict(tensorsOf(test).tokens, placesFrom(starts, plan.tested)), test),
  };
}

type RnnGradients = Pick<FlashRnnGradients, "wx" | "r" | "bias">;

const tensorsOf = ({ tokens, labels }: RunningSumTask): { tokens: Tensor; labels: Tensor } => ({
  tokens: fromArray(tokens.data, tokens.shape),
  labels: fromArray(labels.data, labels.shape),
});

/** Positions start, start + 1, … of each sequence, int32 [sequences, length]. */
const placesFrom = (starts: readonly number[], length: number): Tensor =>
  fromArray(
    Int32Array.from({ length: starts.length * length }, (_, i) => starts[Math.floor(i / length)] + (i % length)),
    [starts.length, length],
  );

/** The share of right answers at each position. */
async function accuracyOf(answers: Tensor, { labels: { data, shape } }: RunningSumTask): Promise<number[]> {
  const given = await answers.data();
  const [sequences, length] = shape;
  const right = new Array<number>(length).fill(0);
  for (const [i, label] of data.entries()) if (Number(given[i]) === label) right[i % length] += 1 / sequences;
  return right;
}
