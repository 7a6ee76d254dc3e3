import { type Photographs, photographs } from "@paperworks/data/images";
import { bytesAsText, type ExperimentContext, type Setting, type TaskRun, textAsBytes } from "@paperworks/experiment";
import { drawLinearWeights, loadInto, saveSafetensors, schedules, VisionTransformer } from "@paperworks/nn";
import { cost, exportOnnx, fromArray, Generator, manualSeed, type Tensor, zeros } from "@paperworks/tensor";
import { attentionFlops, deitSmall, networkMacs, rateOfEqualMacs } from "./attention-flops.ts";
import { type Connections, connectionsOf } from "./connections.ts";
import { type Coverage, choices, coverageOf } from "./coverage.ts";
import { timeExecutions } from "./execution-timing.ts";
import {
  connectionsFigure,
  coverageFigure,
  executionFigure,
  type TradeOffRow,
  tradeOffFigure,
  trainingFigure,
} from "./figures.ts";
import { systemMacs } from "./network-cost.ts";
import { Sparsifiner, startFrom } from "./sparsifiner.ts";
import { basisInit, modelSize, networkShape, pruned, pruningRate, type System, studentOf } from "./systems.ts";
import { type Curve, distill, reconstructAttention } from "./train-sparsifiner.ts";
import { accuracyOf, flippedBatches, trainTeacher } from "./training.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

interface Plan {
  readonly images: Photographs;
  readonly batch: number;
  /** Images of a measurement at a time; divides the test images. */
  readonly testBatch: number;
  readonly teacherSteps: number;
  readonly reconstructionSteps: number;
  readonly distillationSteps: number;
  readonly learningRate: number;
}

/** A teacher, and the predictors that were fitted to it: a dense student's weights with theirs. */
type Taught = { teacher: string; accuracy: number };
type Fitted = { student: string; coverage: Coverage[]; density: number; curve: Curve };
type Distilled = { accuracy: number; curve: Curve; connections: Connections | null };

const seeds = 3;
const keeps = [0.25, 0.1] as const;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]);

/** Dense teachers on photographs, predictors fitted to their attention, and students with and without masks and token pruning. */
export async function experiment(context: Context): Promise<void> {
  const { quick, seed, data, settings, replicate } = context;
  const images = await photographs(data, { train: quick ? 640 : 10_000, test: quick ? 64 : 2_000, seed });
  const plan: Plan = {
    images,
    batch: quick ? 16 : 64,
    testBatch: quick ? 64 : 100,
    teacherSteps: quick ? 20 : 400,
    reconstructionSteps: quick ? 5 : 120,
    distillationSteps: quick ? 5 : 150,
    learningRate: settings.learningRate,
  };
  const taught = await replicate("teacher", seeds, (run) => teach(plan, run));
  const fitted = await replicate("predictors", seeds, (run) => fit(plan, taught[run.seed - seed], run, "size"));
  measureCoverage(context, fitted);
  if (!quick) {
    const [signed] = await replicate("predictors of a signed basis", 1, (run) => fit(plan, taught[0], run, "signed"));
    context.metric("coverage.signed-basis", signed.coverage[0].Sparsifiner);
  }
  const density = fitted.map((one) => one.density);
  measureCosts(context, density);
  await compareStudents(context, plan, taught, fitted);
  await timing(context);
}

async function teach({ images, batch, testBatch, teacherSteps }: Plan, run: TaskRun): Promise<Taught> {
  manualSeed(run.seed);
  const model = new VisionTransformer(modelSize);
  drawLinearWeights(model);
  await trainTeacher(model, flippedBatches(images.train, batch, run.seed), teacherSteps, run);
  return {
    teacher: bytesAsText(await saveSafetensors(model)),
    accuracy: await accuracyOf(model, images.test, testBatch),
  };
}

function restored({ teacher }: Taught): VisionTransformer {
  const model = new VisionTransformer(modelSize);
  loadInto(model, textAsBytes(teacher));
  return model;
}

/** Batches of the students: other ones than their teacher's. */
const studentSeed = (seed: number): number => seed + 1000;

/** Stage 1, which knows no budget: students of all budgets share it. */
async function fit(
  { images, batch, testBatch, reconstructionSteps: steps }: Plan,
  taught: Taught,
  run: TaskRun,
  by: "size" | "signed",
): Promise<Fitted> {
  manualSeed(run.seed);
  const student = new Sparsifiner({ ...modelSize, keep: keeps[0], basisInit, fit: by });
  startFrom(student, textAsBytes(taught.teacher));
  const data = flippedBatches(images.train, batch, studentSeed(run.seed));
  const curve = await reconstructAttention(restored(taught), student, data, { steps, learningRate: 3e-3, run });
  const densities = await Promise.all(student.predictors.map((predictor) => predictor.basisDensity()));
  return {
    student: bytesAsText(await saveSafetensors(student)),
    coverage: await coverageOf(student, images.test.images, keeps, testBatch),
    density: mean(densities),
    curve,
  };
}

function measureCoverage({ measure, metric, figure }: Context, fitted: readonly Fitted[]): void {
  const of = (budget: number): Coverage[] => fitted.map(({ coverage }) => coverage[budget]);
  measure(
    "semantic.share",
    of(0).map(({ Sparsifiner: own, random, oracle }) => (own - random) / (oracle - random)),
  );
  measure(
    "semantic.window",
    of(0).map(({ Sparsifiner: own, window }) => own - window),
  );
  for (const [budget, keep] of keeps.entries())
    for (const choice of choices)
      metric(
        `coverage.${choice.toLowerCase()}-${keep}`,
        of(budget).map((coverage) => coverage[choice]),
      );
  figure(
    "coverage",
    coverageFigure(
      keeps.flatMap((keep, budget) =>
        choices.map((choice) => ({
          choice,
          keep: `${100 * keep} %`,
          coverage: mean(of(budget).map((coverage) => coverage[choice])),
        })),
      ),
    ),
    {
      title: "What masks of one size cover",
      caption: "The teacher's attention inside the mask, mean over patches, heads, layers, test images and seeds.",
    },
  );
}

function measureCosts({ measure, metric, cost: put }: Context, densities: readonly number[]): void {
  const percent = (of: (basisDensity: number) => number): number[] => densities.map((density) => 100 * of(density));
  const deit = { tokens: deitSmall.tokens, headDim: deitSmall.dim / deitSmall.heads };
  const here = { tokens: networkShape.tokens, headDim: networkShape.dim / networkShape.heads };
  const saved = (shape: { tokens: number; headDim: number }, keep: number): number[] =>
    percent((basisDensity) => attentionFlops({ ...shape, keep, basisDensity }).saved);
  measure("flops.deit-0.25", saved(deit, 0.25));
  measure("flops.deit-0.05", saved(deit, 0.05));
  measure("flops.here-0.10", saved(here, 0.1));
  const savedOfAll = (
    shape: typeof deitSmall | typeof networkShape,
    after: readonly number[],
    rate: number,
  ): number[] =>
    percent((basisDensity) => {
      const sparse = networkMacs({ ...shape, keep: 0.25, basisDensity, pruning: { after, rate } });
      return 1 - sparse / networkMacs({ ...shape, keep: 1 });
    });
  measure("combined.deit", savedOfAll(deitSmall, [3, 6, 9], 0.4));
  measure("combined.here", savedOfAll(networkShape, pruned, pruningRate));
  metric("basis-density", densities);
  const sparse = new Sparsifiner({ ...modelSize, keep: 0.25 });
  const image = zeros([1, 3, modelSize.image, modelSize.image]);
  for (const execution of ["masked", "gathered"] as const) {
    const { parameters, macs, peakBytes } = cost((x: Tensor) => sparse.features(x, { execution }).tokens, image);
    put(`graph-of-one-image-${execution}`, { parameters, macs, peakBytes });
  }
}

async function compareStudents(
  context: Context,
  plan: Plan,
  taught: readonly Taught[],
  fitted: readonly Fitted[],
): Promise<void> {
  const { quick, seed, replicate, measure, metric, figure, table } = context;
  const density = mean(fitted.map((one) => one.density));
  const both: System = { name: "Sparsifiner 0.25 and pruning", keep: 0.25, rate: pruningRate };
  const equalRate = rateOfEqualMacs(networkShape, pruned, systemMacs(both, density));
  const dense: System = { name: "dense" };
  const quarter: System = { name: "Sparsifiner 0.25", keep: 0.25 };
  const tenth: System = { name: "Sparsifiner 0.10", keep: 0.1 };
  const equal: System = { name: `pruning ${equalRate}`, rate: equalRate };
  const systems: readonly System[] = quick
    ? [dense, quarter, both]
    : [
        dense,
        quarter,
        tenth,
        { name: "window 0.25", keep: 0.25, window: true },
        { name: `pruning ${pruningRate}`, rate: pruningRate },
        equal,
        both,
        { name: "Linformer", linformer: true },
      ];
  const runs = new Map<string, Distilled[]>();
  for (const system of systems) {
    // A reference without a bar that no other number needs takes one seed.
    const count = system.linformer ? 1 : seeds;
    const distilled = await replicate(system.name, count, (run) => {
      const index = run.seed - seed;
      return distillOne(context, plan, system, taught[index], fitted[index], run);
    });
    runs.set(system.name, distilled);
  }

  const accuracies = ({ name }: System): number[] => (runs.get(name) ?? []).map(({ accuracy }) => accuracy);
  metric(
    "accuracy.teacher",
    taught.map(({ accuracy }) => accuracy),
    { unit: "%" },
  );
  for (const system of systems)
    metric(`accuracy.${system.name.replaceAll(" ", "-")}`, accuracies(system), { unit: "%" });
  measure("accuracy.keep-0.25", minus(accuracies(dense), accuracies(quarter)));
  if (!quick) {
    measure("accuracy.keep-0.10", minus(accuracies(dense), accuracies(tenth)));
    measure("combined.accuracy", minus(accuracies(both), accuracies(equal)));
  }
  const macs = new Map(systems.map((system) => [system.name, systemMacs(system, density) / 1e6]));
  const rows = systems.flatMap((system): TradeOffRow[] =>
    accuracies(system).map((accuracy, i) => ({
      system: system.name,
      seed: seed + i,
      macs: macs.get(system.name) as number,
      accuracy,
    })),
  );
  figure("trade-off", tradeOffFigure(rows), {
    title: "Accuracy against the work of the whole network",
    caption:
      "Faint points are seeds, full ones their means. Predictors are counted, at the density of basis that was measured.",
  });
  figure(
    "training",
    trainingFigure(
      systems.flatMap(({ name }) => {
        const all = runs.get(name) ?? [];
        return all[0].curve.map(({ step }, i) => ({
          system: name,
          step,
          loss: mean(all.map(({ curve }) => curve[i].loss)),
        }));
      }),
    ),
    {
      title: "Distillation",
      caption: "Labels, the teacher's logits and its tokens: means of ten steps, and of the seeds.",
    },
  );
  table("students", {
    columns: ["student", "million multiply-accumulates", "test accuracy %", "seeds"],
    rows: systems.map((system) => [
      system.name,
      Math.round(100 * (macs.get(system.name) as number)) / 100,
      Math.round(100 * mean(accuracies(system))) / 100,
      accuracies(system).length,
    ]),
    caption: "All start from the same teachers and take the same steps; the dense student too.",
  });
  drawConnections(context, plan, runs.get(quarter.name)?.[0].connections ?? null);
}

/** Stage 2 of one student, from its teacher's weights and the predictors that stage 1 left. */
async function distillOne(
  context: Context,
  { images, batch, testBatch, distillationSteps: steps, learningRate }: Plan,
  system: System,
  taught: Taught,
  fitted: Fitted,
  run: TaskRun,
): Promise<Distilled> {
  manualSeed(run.seed);
  const student = studentOf(system);
  const teacher = restored(taught);
  startFrom(student, textAsBytes(taught.teacher));
  if (student instanceof Sparsifiner && student.predictors.length > 0) loadInto(student, textAsBytes(fitted.student));
  const data = flippedBatches(images.train, batch, studentSeed(run.seed));
  const rate = schedules.cosine({ peak: learningRate, steps, warmup: Math.round(steps / 15) });
  const curve = await distill(teacher, student, data, { steps, learningRate: rate, run });
  const accuracy = await accuracyOf(student, images.test, testBatch);
  const shown = system.name === "Sparsifiner 0.25" && run.seed === context.seed && student instanceof Sparsifiner;
  if (!shown) return { accuracy, curve, connections: null };
  context.model("model", await filesOf(student));
  return { accuracy, curve, connections: await connectionsOf(student, firstImage(images)) };
}

const firstImage = ({ test: { images } }: Photographs): Tensor =>
  fromArray(images.data.slice(0, images.data.length / images.shape[0]), [1, ...images.shape.slice(1)]);

/** The model as it is meant to run: each query gathers its own keys. */
async function filesOf(student: Sparsifiner): Promise<{ onnx: Uint8Array; safetensors: Uint8Array }> {
  const example = { images: zeros([1, 3, modelSize.image, modelSize.image]) };
  const onnx = await exportOnnx(
    ({ images }) => ({ logits: student.head.forward(student.features(images, { execution: "gathered" }).pooled) }),
    example,
  );
  return { onnx, safetensors: await saveSafetensors(student) };
}

function drawConnections({ figure }: Context, { images }: Plan, kept: Connections | null): void {
  if (!kept) return;
  const { data, shape } = images.test.images;
  const [, , side] = shape;
  const plane = side * side;
  // Standardised channels have mean 0 and deviation 1: about half of the range of bytes, and a quarter.
  const byteOf = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, 0.48 + 0.25 * value)));
  const colors = Array.from({ length: plane }, (_, i) =>
    [0, 1, 2].reduce(
      (text, channel) =>
        text +
        byteOf(data[channel * plane + i])
          .toString(16)
          .padStart(2, "0"),
      "#",
    ),
  );
  const picture = { side, grid: side / modelSize.patch, colors, connections: kept.connections };
  figure("connections", connectionsFigure(picture), {
    title: "Whom a patch attends to",
    caption: `Point at a patch of the image (red): yellow are those that it keeps in head ${kept.head + 1} of block ${kept.layer + 1}, as the predictor chooses, in a window, and by the true attention. The class token, which may be among those kept, is not on the image.`,
  });
}

async function timing({ quick, task, figure, metric }: Context): Promise<void> {
  if (quick) return;
  const rows = await task("time of executions", (run) =>
    timeExecutions([0.05, 0.1, 0.15, 0.25], 9, new Generator(1), run),
  );
  figure("executions", executionFigure(rows), {
    title: "Time of a layer, sparse and dense",
    caption:
      "577 tokens of width 192, 3 heads, one image, projections included: medians of interleaved runs. Saving multiply-accumulates need not save time on a processor that multiplies faster than it gathers.",
  });
  for (const { execution, keep, milliseconds } of rows)
    metric(`time.${execution}-${keep}`, milliseconds, { unit: "ms", timing: true });
}
