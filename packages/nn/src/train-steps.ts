import { DomainError, requireWhole, type Tensor } from "@paperworks/tensor";
import { restoreState, type Stateful, stateOf } from "./state/checkpoint.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Who runs a training: hears of its progress, keeps its state, and gives a state kept before. An experiment's task is one. */
export interface TrainingRun {
  /** What `checkpoint` kept last in a run that was stopped; undefined for a new one. */
  readonly restored: unknown;
  progress(report: { step: number; steps: number; loss?: number }): Promise<void>;
  checkpoint(
    save: () => Promise<{ [key: string]: Json | Uint8Array | readonly Json[] | { readonly [key: string]: Json } }>,
  ): Promise<boolean>;
}

export interface TrainStepsOptions<V extends Json> {
  run: TrainingRun;
  /** Optimiser steps in all. */
  steps: number;
  /** All that the steps change: models, optimisers, generators. */
  state: readonly Stateful[];
  /**
   * Takes the step of this index, 0 … steps − 1. It must depend on the index alone (draw batches from
   * `new Random(seed).fork(…)`, or `shuffledRows`), so that a run that goes on takes the same steps.
   *
   * @returns the loss, or with `stepsACall` the losses [stepsACall] of this step and those behind it
   */
  step(index: number): Promise<{ loss: Tensor }>;
  /** Steps that one call of `step` takes; 1 when absent. It divides `steps`. */
  stepsACall?: number;
  /** Steps of which the curve gives the mean; 10 when absent. */
  every?: number;
  /** Measures the model, after the steps named in `evaluateAt`. */
  evaluate?(step: number): Promise<V>;
  /** Numbers of steps, 0 … steps. */
  evaluateAt?: readonly number[];
}

export interface Trained<V extends Json> {
  /** Mean losses of consecutive stretches of steps, each with its last step. */
  curve: { step: number; loss: number }[];
  evaluations: { step: number; value: V }[];
}

type Checkpoint<V extends Json> = Trained<V> & { step: number; state: Uint8Array; losses: number[] };

/**
 * Takes the steps of a training that may be stopped after any of them and goes on to the same numbers: weights, optimiser and
 * what was measured are offered to the run after every call.
 *
 * @throws DomainError for numbers of steps that do not fit, and whatever step, evaluation and run throw
 */
export async function trainSteps<V extends Json = null>(options: TrainStepsOptions<V>): Promise<Trained<V>> {
  const { run, steps, state, step, stepsACall = 1, every = 10, evaluate, evaluateAt = [] } = options;
  requireWhole("trainSteps: steps", steps, 1);
  requireWhole("trainSteps: stepsACall", stepsACall, 1);
  requireWhole("trainSteps: every", every, 1);
  if (steps % stepsACall !== 0)
    throw new DomainError(`trainSteps: ${stepsACall} steps a call do not divide ${steps} steps`);
  const unreached = evaluateAt.find((at) => !Number.isInteger(at) || at < 0 || at > steps || at % stepsACall !== 0);
  if (unreached !== undefined)
    throw new DomainError(
      `trainSteps: cannot evaluate after step ${unreached}; steps are 0 … ${steps}, ${stepsACall} a call`,
    );

  const kept = run.restored as Checkpoint<V> | undefined;
  if (kept) restoreState(kept.state, ...state);
  const curve = [...(kept?.curve ?? [])];
  const evaluations = [...(kept?.evaluations ?? [])];
  let losses = [...(kept?.losses ?? [])];
  let done = kept?.step ?? 0;
  const look = async (): Promise<void> => {
    if (!evaluate || !evaluateAt.includes(done) || evaluations.at(-1)?.step === done) return;
    evaluations.push({ step: done, value: await evaluate(done) });
  };

  await look();
  while (done < steps) {
    const latest = Array.from(await (await step(done)).loss.data(), Number);
    if (latest.length !== stepsACall)
      throw new DomainError(`trainSteps: a call of ${stepsACall} steps gave ${latest.length} losses`);
    for (const loss of latest) {
      losses.push(loss);
      done++;
      if (done % every !== 0 && done !== steps) continue;
      curve.push({ step: done, loss: losses.reduce((a, b) => a + b, 0) / losses.length });
      losses = [];
    }
    await look();
    await run.progress({ step: done, steps, loss: latest.at(-1) });
    await run.checkpoint(async () => ({ step: done, state: await stateOf(...state), curve, evaluations, losses }));
  }
  return { curve, evaluations };
}
