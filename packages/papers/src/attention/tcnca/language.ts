import { Random } from "@paperworks/data";
import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { crossEntropy, parameters } from "@paperworks/nn";
import { fromArray, grad, jit, manualSeed, slice, type Tensor } from "@paperworks/tensor";
import { evenWindows, type LanguageData, randomWindows } from "../language-data.ts";
import type { SequenceModel } from "./sequence-model.ts";
import { modelOf, type System } from "./systems.ts";
import { type Curve, trainModel } from "./training.ts";

export interface LanguagePlan {
  readonly dim: number;
  readonly depth: number;
  readonly length: number;
  readonly chunk: number;
  readonly batch: number;
  readonly steps: number;
  readonly learningRate: number;
  readonly testWindows: number;
}

export type LanguageResult = { bits: number; curve: Curve };

export const languageModel = (system: System, { dim, depth, chunk }: LanguagePlan, vocabulary: number): SequenceModel =>
  modelOf(system, { dim, depth, chunk, vocabulary, outputs: vocabulary });

/** Mean loss of the next byte, nats. @param windows [batch, length + 1] */
function lossOf(model: SequenceModel, windows: Tensor): Tensor {
  const length = windows.shape[1] - 1;
  const logits = model.forward(slice(windows, [{ axis: 1, end: length }]));
  return crossEntropy(logits, slice(windows, [{ axis: 1, start: 1 }]));
}

const windowsOf = (tokens: Int32Array, length: number): Tensor =>
  fromArray(tokens, [tokens.length / (length + 1), length + 1]);

/** Trains a system on a text and measures it, in bits a byte, on another part of it. */
export async function trainOnText(
  system: System,
  text: LanguageData,
  plan: LanguagePlan,
  run: TaskRun,
): Promise<LanguageResult & { model: SequenceModel }> {
  const { length, batch, steps, learningRate, testWindows } = plan;
  manualSeed(run.seed);
  const model = languageModel(system, plan, text.symbols.length);
  const curve = await trainModel(model, {
    run,
    steps,
    learningRate,
    batch: (step) => [
      windowsOf(randomWindows(text.training, batch, length, new Random(run.seed).fork(`step ${step}`)), length),
    ],
    loss: (windows) => lossOf(model, windows),
  });
  const loss = jit((windows: Tensor) => lossOf(model, windows));
  const test = evenWindows(text.test, testWindows, length);
  const part = batch * (length + 1);
  let total = 0;
  for (let start = 0; start < test.length; start += part) {
    const windows = windowsOf(test.slice(start, start + part), length);
    total += (await (await loss(windows)).item()) * windows.shape[0];
  }
  return { bits: total / testWindows / Math.LN2, curve, model };
}

/** Seconds of whole models on one batch: forward, and forward with the gradients of all parameters. */
export async function timeModels(
  text: LanguageData,
  plan: LanguagePlan,
  rounds: number,
  run: TaskRun,
): Promise<Record<"MEGA" | "TCNCA", { forward: number; both: number }>> {
  const { length, batch } = plan;
  const windows = windowsOf(randomWindows(text.training, batch, length, new Random(run.seed)), length);
  const inputs = slice(windows, [{ axis: 1, end: length }]);
  await inputs.data();
  const runsOf = (system: System) => {
    const model = languageModel(system, plan, text.symbols.length);
    const forward = jit((x: Tensor) => model.forward(x).sum());
    const both = jit((x: Tensor) => grad(lossOf(model, x), parameters(model)));
    return { forward: () => forward(inputs), both: () => both(windows) };
  };
  const [mega, tcnca] = [runsOf("MEGA"), runsOf("TCNCA")];
  const { progress } = run;
  const forward = await measureLatency({ MEGA: mega.forward, TCNCA: tcnca.forward }, { rounds, progress });
  const both = await measureLatency({ MEGA: mega.both, TCNCA: tcnca.both }, { rounds, progress });
  return {
    MEGA: { forward: forward.MEGA.median, both: both.MEGA.median },
    TCNCA: { forward: forward.TCNCA.median, both: both.TCNCA.median },
  };
}
