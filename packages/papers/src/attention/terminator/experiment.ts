import { Random } from "@paperworks/data";
import { photographs } from "@paperworks/data/images";
import {
  type ExperimentContext,
  mean,
  meanCurve,
  minus,
  over,
  type Setting,
  type TaskRun,
  trainingFigure,
} from "@paperworks/experiment";
import { parameterCount, saveSafetensors } from "@paperworks/nn";
import { cost, exportOnnx, manualSeed, type Tensor, zeros } from "@paperworks/tensor";
import { PixelLstm, PixelTcn, PlainResNet } from "./baselines.ts";
import { asSequences, type Digits, side, smallDigits } from "./digits.ts";
import { costFigure, kernelFigure, type MeanRow, meansFigure } from "./figures.ts";
import { kernelImages, momentsOf } from "./kernel-images.ts";
import { pooledPhotographs } from "./pooled-photographs.ts";
import { Terminator } from "./terminator.ts";
import { type Network, type Trained, type TrainingPlan, train } from "./training.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

const [imageSeeds, sequenceSeeds] = [3, 2];

/** Digits as images and as sequences, and photographs: the Terminator beside networks of its size. */
export async function experiment(context: Context): Promise<void> {
  const { quick, seed, data } = context;
  const digits = await smallDigits(data, { train: quick ? 640 : 8000, test: quick ? 100 : 2000, seed });
  await images(context, digits);
  if (quick) return;
  await sequences(context, digits);
  await colours(context);
}

/** Networks of images of one size. */
const imageNetwork = (options: { contextual?: boolean; modulated?: boolean; blocks?: number } = {}): Terminator =>
  new Terminator({ dims: 2, channels: 12, blocks: 3, side, classes: 10, hidden: 12, ...options });

interface System {
  make(): Network;
  slowWeight?: number;
}

const imageSystems: Readonly<Record<string, System>> = {
  Terminator: { make: () => imageNetwork() },
  ResNet: { make: () => new PlainResNet() },
  "without slow loss": { make: () => imageNetwork(), slowWeight: 0 },
  "contextual kernels": { make: () => imageNetwork({ contextual: true }) },
  "unmodulated kernels": { make: () => imageNetwork({ modulated: false }) },
};

const ablations = ["contextual kernels", "unmodulated kernels"];

async function images(context: Context, digits: Digits): Promise<void> {
  const { quick, seed, settings, replicate, figure } = context;
  const plan = { ...digits, steps: quick ? 10 : 200, batch: quick ? 32 : 64, learningRate: settings.learningRate };
  const runs: Record<string, Trained[]> = {};
  for (const system of quick ? ["Terminator", "ResNet"] : Object.keys(imageSystems)) {
    const { make, slowWeight } = imageSystems[system];
    // An ablation without a bar takes one seed.
    const seeds = ablations.includes(system) ? 1 : imageSeeds;
    runs[system] = await replicate(`images ${system}`, seeds, async (run) => {
      manualSeed(run.seed);
      const model = quick && system === "Terminator" ? imageNetwork({ blocks: 1 }) : make();
      const shown = system === "Terminator" && run.seed === seed && model instanceof Terminator;
      const look = (step: number) => (shown ? kernelImages(model, digits.test, step) : Promise.resolve([]));
      const watch = shown ? { at: momentsOf(plan.steps), look } : undefined;
      const trained = await train(model, { ...plan, slowWeight, watch }, run);
      if (shown) context.model("model", await filesOf(model));
      return trained;
    });
  }
  figure("kernels", kernelFigure(runs.Terminator[0].seen, side), {
    title: "What the slow network paints",
    caption:
      "The global kernels of each block while they are trained, and the activations of a test digit that they multiply. Of channel 1, or of that which a click chooses where the figure is live.",
  });
  measureImages(context, runs);
}

async function filesOf(model: Terminator): Promise<{ onnx: Uint8Array; safetensors: Uint8Array }> {
  const onnx = await exportOnnx(({ images: pixels }: { images: Tensor }) => ({ logits: model.forward(pixels) }), {
    images: zeros([1, 1, side, side]),
  });
  return { onnx, safetensors: await saveSafetensors(model) };
}

const accuracies = (runs: readonly Trained[]): number[] => runs.map(({ accuracy }) => accuracy);
const rounded = (value: number, digits = 2): number => Math.round(value * 10 ** digits) / 10 ** digits;

function measureImages(context: Context, runs: Readonly<Record<string, Trained[]>>): void {
  const { quick, measure, metric, figure, table, cost: put } = context;
  const { Terminator: own, ResNet: other } = runs;
  const far = (all: readonly Trained[]): number[] => all.map(({ means }) => Math.max(...means));
  measure("two-d.accuracy", minus(accuracies(own), accuracies(other)));
  measure("two-d.parameters", parameterCount(imageNetwork()) / parameterCount(new PlainResNet()));
  measure(
    "convergence",
    over(
      own.map(({ lastLoss }) => lastLoss),
      other.map(({ lastLoss }) => lastLoss),
    ),
  );
  measure("zero-mean.size", far(own));
  measure("zero-mean.ratio", over(far(other), far(own)));
  if (!quick) {
    const without = runs["without slow loss"];
    const distances = (all: readonly Trained[]): number[] => all.map(({ kernelDistance }) => kernelDistance);
    measure("slow-loss.distance", over(distances(without), distances(own)));
    measure("slow-loss.accuracy", minus(accuracies(own), accuracies(without)));
    for (const system of ablations)
      metric(`accuracy.${system.split(" ")[0]}`, runs[system][0].accuracy - own[0].accuracy, { unit: "points" });
  }
  const image = zeros([1, 1, side, side]);
  const rows = Object.keys(runs).map((system) => {
    const model = imageSystems[system].make();
    const { parameters, macs } = cost((x: Tensor) => model.forward(x), image);
    put(`images.${system.replaceAll(" ", "-")}`, { parameters, macs });
    return { system, parameters, macs, accuracy: rounded(mean(accuracies(runs[system]))) };
  });
  table("images", {
    columns: ["network", "parameters", "multiply-accumulates an image", "test accuracy %"],
    rows: rows.map(({ system, parameters, macs, accuracy }) => [system, parameters, macs, accuracy]),
    caption: "Digits of 14 × 14 pixels. Fewer parameters are not less work.",
  });
  figure("cost", costFigure(rows), { title: "Accuracy against work" });
  figure("training", trainingFigure(curvesOf(runs), "cross-entropy with smoothed labels"), {
    title: "Training losses on images",
    caption: "Means of ten steps, and of the seeds.",
  });
  const means = ["Terminator", "ResNet"].flatMap((system) =>
    runs[system][0].channelMeans.flatMap((values, block) =>
      values.map((value): MeanRow => ({ system, block: `block ${block + 1}`, mean: value })),
    ),
  );
  figure("means", meansFigure(means), {
    title: "Means of channels",
    caption: "Over test digits, block by block, of one seed.",
  });
}

const curvesOf = (runs: Readonly<Record<string, readonly Trained[]>>) =>
  Object.entries(runs).flatMap(([system, all]) =>
    meanCurve(
      system,
      all.map(({ curve }) => curve),
    ),
  );

const sequenceSystems: Readonly<Record<string, () => Network>> = {
  Terminator: () => new Terminator({ dims: 1, channels: 10, blocks: 2, side: side * side, classes: 10, hidden: 16 }),
  LSTM: () => new PixelLstm(),
  TCN: () => new PixelTcn(),
};

async function sequences({ replicate, measure, metric, figure, table }: Context, digits: Digits): Promise<void> {
  const order = new Random(1).permutation(side * side);
  const runs: Record<string, Trained[]> = {};
  for (const [orderName, pixels] of [
    ["in order", undefined],
    ["permuted", order],
  ] as const) {
    const plan: TrainingPlan = {
      train: asSequences(digits.train, pixels),
      test: asSequences(digits.test, pixels),
      steps: 200,
      batch: 64,
      learningRate: 1e-2,
    };
    for (const [system, make] of Object.entries(sequenceSystems)) {
      const name = `${system}, ${orderName}`;
      runs[name] = await replicate(`sequence ${name}`, sequenceSeeds, (run: TaskRun) => {
        manualSeed(run.seed);
        return train(make(), plan, run);
      });
      metric(`sequence.${system}.${orderName.replaceAll(" ", "-")}`, accuracies(runs[name]));
    }
  }
  /** The mean of both orders, seed by seed. */
  const both = (system: string): number[] => {
    const [a, b] = [accuracies(runs[`${system}, in order`]), accuracies(runs[`${system}, permuted`])];
    return a.map((value, i) => (value + b[i]) / 2);
  };
  measure("one-d.lstm", minus(both("Terminator"), both("LSTM")));
  measure("one-d.tcn", minus(both("Terminator"), both("TCN")));
  table("sequences", {
    columns: ["network", "parameters", "test accuracy %"],
    rows: Object.entries(runs).map(([name, all]) => [
      name,
      parameterCount(sequenceSystems[name.split(",")[0]]()),
      rounded(mean(accuracies(all))),
    ]),
    caption: "The same digits pixel by pixel, 196 steps.",
  });
  figure("sequence-training", trainingFigure(curvesOf(runs), "cross-entropy with smoothed labels"), {
    title: "Training losses on sequences",
    caption: "Means of ten steps, and of the seeds.",
  });
}

/** Photographs of 16 × 16, one seed and no bar. */
async function colours({ data, seed, settings, replicate, metric }: Context): Promise<void> {
  const set = pooledPhotographs(await photographs(data, { seed }));
  const plan = { ...set, steps: 60, batch: 64, learningRate: settings.learningRate };
  const networks: Readonly<Record<string, () => Network>> = {
    Terminator: () =>
      new Terminator({ dims: 2, inChannels: 3, channels: 12, blocks: 3, side: 16, classes: 10, hidden: 12 }),
    ResNet: () => new PlainResNet({ inChannels: 3 }),
  };
  for (const [name, make] of Object.entries(networks)) {
    const runs = await replicate(`photographs ${name}`, 1, (run: TaskRun) => {
      manualSeed(run.seed);
      return train(make(), plan, run);
    });
    metric(`photographs.${name}`, accuracies(runs)[0]);
  }
}
