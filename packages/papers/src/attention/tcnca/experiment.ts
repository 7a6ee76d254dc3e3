import { type ExperimentContext, mean, meanCurve, minus, type Setting, trainingFigure } from "@paperworks/experiment";
import { parameterCount, saveSafetensors } from "@paperworks/nn";
import { convolutionBlock, cost, exportOnnx, type Tensor, treeFill, treeLeaves, zeros } from "@paperworks/tensor";
import { languageData } from "../language-data.ts";
import {
  type ClassificationTask,
  type Classified,
  classify,
  listOpsTask,
  pixelTask,
  timeInference,
} from "./classification.ts";
import { type OperatorRow, operatorFigure, receptiveFieldFigure } from "./figures.ts";
import { type LanguagePlan, languageModel, timeModels, trainOnText } from "./language.ts";
import { timeExponent, timeOperators } from "./operator-timing.ts";
import { channels, type Operator, operatorNet } from "./operators.ts";
import { type Recalled, type RecallSetting, recall } from "./recall.ts";
import type { SequenceModel } from "./sequence-model.ts";
import { type System, systems } from "./systems.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

const seeds = 3;
const pair = ["MEGA", "TCNCA"] as const;
const rounded = (value: number, places = 4): number => Math.round(value * 10 ** places) / 10 ** places;

/** TCNCA beside MEGA on a text, in recall and in classification, and their operators against the clock. */
export async function experiment(context: Context): Promise<void> {
  const { quick, figure } = context;
  figure("receptive-field", receptiveFieldFigure(), {
    title: "What a stack of dilated convolutions sees",
    caption: "With f ≤ K every token of the receptive field is read; above, the red ones lie in holes.",
  });
  await recallFromChunks(context);
  await operatorSpeed(context);
  if (quick) return;
  await language(context);
  await longRange(context);
}

const settings: readonly RecallSetting[] = [
  { length: 32, vocabulary: 20, chunk: 160 },
  { length: 64, vocabulary: 20, chunk: 160 },
  { length: 64, vocabulary: 40, chunk: 160 },
  { length: 128, vocabulary: 40, chunk: 160 },
];

async function recallFromChunks(context: Context): Promise<void> {
  const { quick, replicate, measure, metric, figure, table } = context;
  const plan = {
    steps: quick ? 20 : 300,
    batch: 16,
    learningRate: context.settings.learningRate,
    testSequences: quick ? 100 : 500,
  };
  const names = quick ? (["MEGA", "simplified TCNCA"] as const) : (Object.keys(systems) as System[]);
  const accuracies = new Map<System, number[][]>(names.map((system) => [system, []]));
  const rows: (string | number)[][] = [];
  let last = new Map<System, Recalled[]>();
  for (const setting of quick ? settings.slice(0, 1) : settings) {
    const { length, vocabulary } = setting;
    last = new Map();
    for (const system of names) {
      const runs = await replicate(`recall ${length} ${vocabulary} ${system}`, seeds, (run) =>
        recall(system, setting, plan, run),
      );
      last.set(system, runs);
      const values = runs.map(({ accuracy }) => accuracy);
      accuracies.get(system)?.push(values);
      metric(`recall.${system.replaceAll(" ", "-")}.${length}-${vocabulary}`, values);
      rows.push([system, length, vocabulary, setting.chunk, rounded(mean(values))]);
    }
  }
  if (!quick) {
    const alone = { length: 64, vocabulary: 20, chunk: 64 };
    const [{ accuracy }] = await replicate("recall, the query in a chunk of its own", 1, (run) =>
      recall("simplified TCNCA", alone, plan, run),
    );
    metric("recall.query-alone", accuracy);
    rows.push(["simplified TCNCA", alone.length, alone.vocabulary, alone.chunk, rounded(accuracy)]);
  }
  const bySeed = (system: System): number[] => {
    const all = accuracies.get(system) as number[][];
    return all[0].map((_, seed) => mean(all.map((values) => values[seed])));
  };
  measure("recall.difference", minus(bySeed("simplified TCNCA"), bySeed("MEGA")));
  measure("recall.accuracy", bySeed("simplified TCNCA"));
  table("recall", {
    columns: ["system", "length", "vocabulary", "chunk", "accuracy"],
    rows,
    caption: "The last key's value; with chunks of 64 the 65th token, which asks, sits alone in a chunk.",
  });
  figure(
    "recall-training",
    trainingFigure(
      [...last].flatMap(([system, runs]) =>
        meanCurve(
          system,
          runs.map(({ curve }) => curve),
        ),
      ),
      "training loss at keys seen before, nats",
    ),
    { title: "Recall, the longest sequences", caption: "Means of ten steps, and of the seeds." },
  );
}

async function operatorSpeed(context: Context): Promise<void> {
  const { quick, task, measure, metric, figure, table, cost: put } = context;
  const lengths = Array.from({ length: quick ? 1 : 8 }, (_, i) => 2 ** (10 + i));
  const rows: OperatorRow[] = [];
  const times: { length: number; seconds: number }[] = [];
  let ratio = { forward: Number.NaN, backward: Number.NaN };
  for (const length of lengths) {
    const names: Operator[] = ["TCN", "EMA, FFT", "EMA, chunks"];
    // Transforms as matrix products inside of the graph take ten times as long as those outside of it.
    if (length <= 2 ** 14) names.push("EMA, FFT in products");
    const taken = await task(`operators at ${length}`, (run) => timeOperators(names, length, 7, run));
    for (const operator of names) {
      const seconds = taken[operator];
      for (const pass of ["forward", "backward"] as const)
        rows.push({ operator, pass, length, milliseconds: rounded(1000 * (seconds?.[pass] ?? Number.NaN)) });
    }
    const [tcn, ema] = [taken.TCN, taken["EMA, FFT"]];
    if (!tcn || !ema) continue;
    ratio = { forward: ema.forward / tcn.forward, backward: ema.backward / tcn.backward };
    if (length >= 2 ** 14) times.push({ length, seconds: tcn.forward });
  }
  figure("operators", operatorFigure(rows), {
    title: "Time against length",
    caption: "One sequence of 16 channels, one thread: TCN of three layers, K = 17, f = 16; EMA of size 8.",
  });
  table("operators", {
    columns: ["operator", "pass", "length", "ms"],
    rows: rows.map(({ operator, pass, length, milliseconds }) => [operator, pass, length, milliseconds]),
  });
  const macs = (length: number): number =>
    cost((x: Tensor) => operatorNet().forward(x), zeros([1, length, channels])).macs;
  put("operator", { "macs-at-131072": macs(2 ** 17), "macs-at-262144": macs(2 ** 18) });
  measure("linear.macs", macs(2 ** 18) / macs(2 ** 17));
  if (quick) return;
  const block = await convolutionBlock();
  const unjudged = block > 0 ? undefined : "the runtime has no blocked convolutions on this device";
  measure("operator.forward", ratio.forward, { unjudged });
  measure("operator.backward", ratio.backward, { unjudged });
  measure("linear.time", timeExponent(times));
  metric("convolution-block", block, { unit: "channels" });
}

async function language(context: Context): Promise<void> {
  const { replicate, task, measure, metric, figure, table, seed } = context;
  const text = await languageData(context.data, seed);
  const plan: LanguagePlan = {
    dim: 96,
    depth: 2,
    length: 512,
    chunk: 128,
    batch: 4,
    steps: 300,
    learningRate: context.settings.learningRate,
    testWindows: 96,
  };
  const bits: Record<string, number[]> = {};
  const curves = [];
  for (const system of pair) {
    const runs = await replicate(`language ${system}`, seeds, async (run) => {
      const { model, ...trained } = await trainOnText(system, text, plan, run);
      if (system === "TCNCA" && run.seed === seed) context.model("model", await streamingFiles(model));
      return trained;
    });
    bits[system] = runs.map((run) => run.bits);
    metric(`bits.${system}`, bits[system], { unit: "bits a byte" });
    curves.push(
      ...meanCurve(
        system,
        runs.map(({ curve }) => curve),
      ),
    );
  }
  const times = await task("time of language models", (run) => timeModels(text, plan, 15, run));
  measure("language.bits", minus(bits.TCNCA, bits.MEGA));
  measure("language.speed", times.MEGA.both / times.TCNCA.both);
  metric("language.forward-speed", times.MEGA.forward / times.TCNCA.forward, { timing: true });
  figure("language-training", trainingFigure(curves, "training loss, nats a byte"), {
    title: "Language models",
    caption: "Means of ten steps, and of the seeds.",
  });
  table("language", {
    columns: ["system", "parameters", "bits a byte", "forward, ms", "forward and backward, ms"],
    rows: pair.map((system) => [
      system,
      parameterCount(languageModel(system, plan, text.symbols.length)),
      rounded(mean(bits[system])),
      rounded(1000 * times[system].forward, 2),
      rounded(1000 * times[system].both, 2),
    ]),
  });
}

/** The model as a stream: a byte and the state of every block go in, logits and the state behind them come out. */
async function streamingFiles(model: SequenceModel): Promise<{ onnx: Uint8Array; safetensors: Uint8Array }> {
  const state = model.initialState(1);
  const named = (prefix: string, tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));
  const leaves = treeLeaves(state);
  const onnx = await exportOnnx(
    ({ token, ...before }: Record<string, Tensor>): Record<string, Tensor> => {
      const given = leaves.map((_, i) => before[`state${i}`]);
      const { logits, state: next } = model.step(token, treeFill(state, given));
      return { logits, ...named("next", treeLeaves(next)) };
    },
    { token: zeros([1], "int32"), ...named("state", leaves) },
  );
  return { onnx, safetensors: await saveSafetensors(model) };
}

async function longRange(context: Context): Promise<void> {
  const { replicate, task, measure, metric, table, seed } = context;
  const size = { training: 8000, test: 1000 };
  const model = { dim: 32, depth: 2, chunk: 64 };
  const plan = { ...model, steps: 250, batch: 24, learningRate: context.settings.learningRate / 2 };
  const tasks: Record<string, ClassificationTask> = {
    ListOps: listOpsTask(size, 128, seed),
    pixels: await pixelTask(context.data, size, seed),
  };
  const accuracies: Record<string, number[][]> = { MEGA: [], TCNCA: [] };
  const rows: (string | number)[][] = [];
  for (const [name, of] of Object.entries(tasks)) {
    for (const system of pair) {
      const runs: Classified[] = await replicate(`${name} ${system}`, seeds, (run) => classify(system, of, plan, run));
      const values = runs.map(({ accuracy }) => 100 * accuracy);
      accuracies[system].push(values);
      metric(`${name}.${system}`, values, { unit: "%" });
      rows.push([system, name, rounded(mean(values), 2)]);
    }
  }
  const bySeed = (system: string): number[] =>
    accuracies[system][0].map((_, i) => mean(accuracies[system].map((values) => values[i])));
  measure("long-range.accuracy", minus(bySeed("TCNCA"), bySeed("MEGA")));
  const times = await task("time of classifiers", (run) =>
    timeInference(model, { length: 1024, batch: 4, rounds: 15 }, run),
  );
  measure("long-range.speed", times.MEGA / times.TCNCA);
  for (const system of pair)
    metric(`inference.${system}`, 1000 * times[system], { unit: "ms for 4 sequences of 1,024 tokens", timing: true });
  table("long-range", { columns: ["system", "task", "accuracy, %"], rows });
}
