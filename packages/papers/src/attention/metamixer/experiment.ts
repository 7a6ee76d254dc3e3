import { photographs } from "@paperworks/data/images";
import {
  type ExperimentContext,
  type Latency,
  mean,
  meanCurve,
  minus,
  type Setting,
  trainingFigure,
} from "@paperworks/experiment";
import { parameterCount } from "@paperworks/nn";
import { imagesFrom } from "../../image-batches.ts";
import { type ClassificationPlan, type Classified, filesOf, trainClassifier } from "./classification.ts";
import { efficiency } from "./efficiency.ts";
import { latencyFigure, memoryFigure } from "./figures.ts";
import { forecasting } from "./forecasting.ts";
import { type AttentionView, attentionView, colorsOf, type MemoryView, memoryView } from "./memory-view.ts";
import { superResolution } from "./super-resolution.ts";
import { ablations, classifierOf, contestants, type System } from "./systems.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;
type Run = Classified & { memory: MemoryView | null; attention: AttentionView | null };
type Runs = Partial<Record<System, Run[]>>;

const seeds = 3;
/** The test image of the picture. */
const pictured = 0;

/** Token mixers in one frame and ConvNeXt on small photographs, what each costs, images enlarged and hourly loads forecast. */
export async function experiment(context: Context): Promise<void> {
  const { quick, seed, data, settings } = context;
  const images = await photographs(data, { train: quick ? 640 : 10_000, test: quick ? 200 : 2_000, seed });
  const plan: ClassificationPlan = {
    images,
    batch: quick ? 16 : 32,
    steps: quick ? 10 : 250,
    learningRate: settings.learningRate,
    testBatch: 100,
  };
  const runs = await classify(context, plan);
  measureAccuracies(context, runs);
  const latencies = await efficiency(context);
  if (!quick) {
    drawLatencies(context, runs, latencies);
    await superResolution(context);
    await forecasting(context);
  }
}

/** Trains all networks on the same batches, seed by seed. */
async function classify(context: Context, plan: ClassificationPlan): Promise<Runs> {
  const { quick, replicate, figure, table, metric } = context;
  const { test } = plan.images;
  const runs: Runs = {};
  const all: readonly System[] = quick ? ["FFNified", "self-attention"] : [...contestants, ...ablations];
  for (const system of all) {
    const count = (ablations as readonly System[]).includes(system) ? seeds - 1 : seeds;
    runs[system] = await replicate(system, count, async (run) => {
      const { network, result } = await trainClassifier(system, plan, run);
      if (run.seed !== context.seed) return { ...result, memory: null, attention: null };
      if (system === "FFNified") context.model("model", await filesOf(network, 32));
      const image = imagesFrom(test, pictured, 1);
      const memory = system === "FFNified" ? ((await memoryView(network, image)) ?? null) : null;
      return { ...result, memory, attention: (await attentionView(network, image)) ?? null };
    });
  }
  const own = runs.FFNified as Run[];
  metric("folding.largest-difference", Math.max(...own.map(({ folding }) => folding)));
  const curves = Object.entries(runs).flatMap(([system, some]) =>
    meanCurve(
      system,
      some.map(({ curve }) => curve),
    ),
  );
  figure("training", trainingFigure(curves, "training loss"), {
    title: "Training losses",
    caption: "Means of ten steps, and of the seeds.",
  });
  table("networks", {
    columns: ["network", "parameters in training", "test accuracy, %"],
    rows: Object.entries(runs).map(([system, some]) => [
      system,
      parameterCount(classifierOf(system as System)),
      Math.round(100 * mean(some.map(({ accuracy }) => accuracy))) / 100,
    ]),
    caption: "One frame with other token mixers, and ConvNeXt, whose width is set for as many parameters as FFNet has.",
  });
  const [memory, attention] = [own[0].memory, runs["self-attention"]?.[0].attention];
  if (memory && attention) {
    const width = test.images.data.length / test.labels.data.length;
    const colors = colorsOf(test.images.data.subarray(pictured * width, (pictured + 1) * width));
    figure("memory", memoryFigure({ pixels: test.images.shape[2], colors, memory, attention }), {
      title: "A token mixer as a key-value memory",
      caption:
        "Point at a place of the image. Around it the key of a channel is compared with the query (red window); what GELU leaves is its coefficient, with which the value is laid around the place. Self-attention (right) makes its keys of the image instead. The channels are those whose coefficients vary most, in the last block of the first stage.",
    });
  }
  return runs;
}

function measureAccuracies({ quick, measure, metric }: Context, runs: Runs): void {
  const accuracies = (system: System): number[] => (runs[system] ?? []).map(({ accuracy }) => accuracy);
  for (const system of Object.keys(runs) as System[])
    metric(`accuracy.${system.toLowerCase().replaceAll(" ", "-")}`, accuracies(system), { unit: "%" });
  const own = accuracies("FFNified");
  measure("frame.attention", minus(own, accuracies("self-attention")));
  if (quick) return;
  measure("frame.identity", minus(own, accuracies("identity")));
  measure("convnext", minus(own, accuracies("ConvNeXt")));
  // Ablations take the first seeds.
  const gain = (without: System): number[] => accuracies(without).map((value, i) => own[i] - value);
  measure("simple-ops.softmax", gain("softmax over space"));
  measure("simple-ops.value", gain("no value"));
}

function drawLatencies({ figure }: Context, runs: Runs, latencies: Record<string, Latency>): void {
  const rows = contestants.flatMap((system) =>
    (runs[system] ?? []).map(({ accuracy }) => ({
      system,
      milliseconds: 1000 * latencies[system].median,
      accuracy,
    })),
  );
  figure("latency", latencyFigure(rows), {
    title: "Accuracy against latency",
    caption:
      "Faint points are seeds. Time of one image of 32 × 32 pixels, batch norms folded, median of interleaved runs.",
  });
}
