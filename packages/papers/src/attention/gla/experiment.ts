import { type ExperimentContext, mean, meanCurve, minus, type Setting, trainingFigure } from "@paperworks/experiment";
import { type CausalLanguageModel, parameterCount, saveSafetensors } from "@paperworks/nn";
import {
  abs,
  cost,
  exportOnnx,
  fromArray,
  Generator,
  manualSeed,
  max,
  sub,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { type LanguageData, languageData } from "../language-data.ts";
import { type GateCell, gateMap, type PositionRow, positionFigure, type SpeedRow, speedFigure } from "./figures.ts";
import { gatedLinearAttention } from "./gated-linear-attention.ts";
import { gateCells, gateReader, gatesOfHead } from "./gates-of-text.ts";
import { GatedLinearAttention, type GlaState } from "./gla-layer.ts";
import { languageModel, type ModelSize, type System, systemNames } from "./models.ts";
import { type Operator, timeOperators } from "./operator-timing.ts";
import { recallBy } from "./recall.ts";
import { type Trained, type TrainingPlan, trainLanguageModel } from "./training.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

const fullSize = { dim: 64, heads: 4, depth: 2 };
const quickSize = { dim: 32, heads: 2, depth: 1 };
const seeds = 3;

/** The systems whose loss is followed beyond the length they were trained at. */
const followed: readonly System[] = ["GLA", "softmax"];

/** Character models with seven mixers of one size, the operator's three forms against the clock, and its gates on a line of text. */
export async function experiment(context: Context): Promise<void> {
  const { quick, seed, data, settings } = context;
  const text = await languageData(data, seed);
  const size = { ...(quick ? quickSize : fullSize), vocabulary: text.symbols.length };
  const plan: TrainingPlan = {
    length: quick ? 64 : 256,
    batch: quick ? 8 : 4,
    steps: quick ? 30 : 350,
    learningRate: settings.learningRate,
    testWindows: quick ? 8 : 96,
  };
  const runs = await trainAll(context, text, size, plan);
  measureLosses(context, runs, plan);
  await recall(context);
  await agreement(context);
  await speed(context);
  countCosts(context, size);
}

async function trainAll(
  context: Context,
  text: LanguageData,
  size: ModelSize,
  plan: TrainingPlan,
): Promise<Partial<Record<System, Trained[]>>> {
  const { quick, replicate, figure, table } = context;
  const runs: Partial<Record<System, Trained[]>> = {};
  const gates: GateCell[] = [];
  for (const system of quick ? (["GLA", "linear"] as const) : systemNames) {
    const longWindows = !quick && followed.includes(system) ? { count: 64, length: 1024 } : undefined;
    // An ablation without a bar takes one seed.
    runs[system] = await replicate(system, system === "scalar gate" ? 1 : seeds, async (run) => {
      manualSeed(run.seed);
      const model = languageModel(system, size);
      const trained = await trainLanguageModel(model, text, { ...plan, longWindows }, run);
      if (system !== "GLA") return { ...trained, gates: [] };
      if (run.seed === context.seed) context.model("model", await streamingFiles(model));
      return { ...trained, gates: await gatesOn(model, text) };
    });
    if (system === "GLA") gates.push(...((runs.GLA as (Trained & { gates: GateCell[] })[])[0].gates ?? []));
  }
  figure("gates", gateMap(gates), {
    title: "What the first head keeps",
    caption:
      "α for each character of a line of the test text (x) and each dimension of the keys (y): dark columns wipe the memory.",
  });
  const curves = Object.entries(runs).flatMap(([system, all]) =>
    meanCurve(
      system,
      all.map(({ curve }) => curve),
    ),
  );
  figure("training", trainingFigure(curves, "training loss, nats a character"), {
    title: "Training losses",
    caption: "Means of ten steps, and of the seeds.",
  });
  table("models", {
    columns: ["model", "parameters", "test loss, nats a character"],
    rows: (Object.keys(runs) as System[]).map((system) => [
      system,
      parameterCount(languageModel(system, size)),
      Math.round(1e4 * mean((runs[system] as Trained[]).map(({ loss }) => loss))) / 1e4,
    ]),
    caption: "Feed-forward parts are as wide as it takes for equal numbers of parameters.",
  });
  return runs;
}

function measureLosses(
  { quick, measure, metric, figure }: Context,
  runs: Partial<Record<System, Trained[]>>,
  plan: TrainingPlan,
): void {
  const losses = (system: System): number[] => (runs[system] ?? []).map(({ loss }) => loss);
  for (const system of Object.keys(runs) as System[])
    metric(`loss.${system.replaceAll(" ", "-")}`, losses(system), { unit: "nats" });
  measure("gate.none", minus(losses("linear"), losses("GLA")));
  if (quick) return;
  measure("gate.fixed", minus(losses("RetNet"), losses("GLA")));
  measure("competitive.softmax", minus(losses("GLA"), losses("softmax")));
  measure("competitive.mamba", minus(losses("GLA with convolution"), losses("Mamba")));
  metric("gate.vector", losses("scalar gate")[0] - losses("GLA")[0], { unit: "nats" });
  const positions = followed.flatMap((model): PositionRow[] => {
    const all = (runs[model] ?? []).map(({ byPosition }) => byPosition ?? []);
    return Array.from({ length: 16 }, (_, i) => ({
      model,
      position: 64 * (i + 1),
      loss: mean(all.map((values) => mean(values.slice(64 * i, 64 * (i + 1))))),
    }));
  });
  figure("positions", positionFigure(positions, plan.length), {
    title: "Beyond the length of training",
    caption: "Test loss by position, means of 64; the rule marks the length that the models were trained at.",
  });
  const between = (values: readonly number[] | null, from: number, to: number): number =>
    mean((values ?? []).slice(from, to));
  const trained = plan.length;
  measure(
    "length",
    (runs.GLA ?? []).map(
      ({ byPosition }) => between(byPosition, 2 * trained, 4 * trained) - between(byPosition, trained / 2, trained),
    ),
  );
}

/** The model as a stream: a token and the memory of every block go in, logits and the memory behind it come out. */
async function streamingFiles(model: CausalLanguageModel): Promise<{ onnx: Uint8Array; safetensors: Uint8Array }> {
  const memories = model.initialState(1).blocks.map((state) => (state as GlaState).memory);
  const named = (tensors: readonly Tensor[]): Record<string, Tensor> =>
    Object.fromEntries(tensors.map((memory, block) => [`memory${block}`, memory]));
  const onnx = await exportOnnx(
    ({ token, ...before }: Record<string, Tensor>): Record<string, Tensor> => {
      const blocks = memories.map((_, block) => ({ memory: before[`memory${block}`], past: [] }));
      const { logits, state } = model.step(token, { blocks });
      const next = state.blocks.map((after) => (after as GlaState).memory);
      return { logits, ...Object.fromEntries(next.map((memory, block) => [`next${block}`, memory])) };
    },
    { token: zeros([1], "int32"), ...named(memories) },
  );
  return { onnx, safetensors: await saveSafetensors(model) };
}

/** α of the first block's first head on a line of the test text. */
async function gatesOn(model: CausalLanguageModel, { symbols, test }: LanguageData): Promise<GateCell[]> {
  const line = test.slice(0, 60);
  const gates = await gateReader(model, line.length)(line);
  const characters = Array.from(line, (token) => symbols[token]);
  return gateCells(gatesOfHead(gates, 0, 0), characters);
}

/** Recall of values by their keys: an extra look at what the memory holds, with one seed and no bar. */
async function recall({ quick, settings, replicate, metric }: Context): Promise<void> {
  if (quick) return;
  for (const system of ["GLA", "linear", "softmax"] as const) {
    const plan = { steps: 150, learningRate: settings.learningRate, tests: 500 };
    const [share] = await replicate(`recall ${system}`, 1, (run) => recallBy(system, plan, run));
    metric(`recall.${system}`, share);
  }
}

/** How far the three forms are apart, in units of the largest output. */
async function agreement({ task, metric }: Context): Promise<void> {
  const apart = await task("forms", async () => {
    const generator = new Generator(1);
    const normal = (width: number): Tensor => fromArray(generator.hostNormal(4 * 200 * width), [1, 4, 200, width]);
    const [q, k, v] = [normal(16), normal(16), normal(32)];
    const gates = abs(normal(16)).mul(-0.05);
    const exact = gatedLinearAttention(q, k, v, gates, { form: "recurrent" }).output;
    const scale = (await max(abs(exact)).item()) as number;
    const distances: Record<string, number> = {};
    for (const form of ["parallel", "chunk"] as const) {
      const { output } = gatedLinearAttention(q, k, v, gates, { form });
      distances[form] = ((await max(abs(sub(output, exact))).item()) as number) / scale;
    }
    return distances;
  });
  for (const [form, distance] of Object.entries(apart)) metric(`forms.${form}`, distance);
}

async function speed(context: Context): Promise<void> {
  const { quick, task, measure, figure } = context;
  if (quick) return;
  const rows: SpeedRow[] = [];
  const timed = async (
    names: readonly Operator[],
    length: number,
    repeats: number,
  ): Promise<Record<string, number>> => {
    const seconds = await task(`time at ${length}`, (run) =>
      timeOperators(names, length, repeats, new Generator(length), run),
    );
    for (const [operator, value] of Object.entries(seconds))
      rows.push({ operator, length, milliseconds: 1000 * value });
    return seconds;
  };
  await timed(["chunk", "parallel", "softmax"], 256, 9);
  const short = await timed(["chunk", "parallel", "softmax"], 512, 9);
  await timed(["chunk", "softmax"], 1024, 7);
  await timed(["chunk", "softmax"], 2048, 5);
  const long = await timed(["chunk", "softmax"], 4096, 5);
  const longest = await timed(["chunk", "softmax"], 8192, 3);
  measure("chunk-speed", short.parallel / short.chunk);
  measure("long.4096", long.softmax / long.chunk);
  measure("long.8192", longest.softmax / longest.chunk);
  figure("speed", speedFigure(rows), {
    title: "Time against length",
    caption: "The operator alone, forward and backward: 4 heads, d_k 32, d_v 64, medians of interleaved runs.",
  });
}

function countCosts({ cost: put }: Context, size: ModelSize): void {
  const tokens = zeros([1, 128], "int32");
  const { parameters, macs, peakBytes } = cost((x: Tensor) => languageModel("GLA", size).forward(x), tokens);
  put("forward-of-128-tokens", { parameters, macs, peakBytes });
  const layer = new GatedLinearAttention({ dim: size.dim, heads: size.heads });
  put("state-of-a-layer", { numbers: layer.initialState(1).memory.size });
}
