import { motifSeries } from "@paperworks/data/sequences";
import { type ExperimentContext, mean, minus } from "@paperworks/experiment";
import { crossEntropy, saveSafetensors } from "@paperworks/nn";
import {
  argMax,
  cast,
  equal,
  exportOnnx,
  fromArray,
  gather,
  jit,
  mean as meanOf,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { type BySystem, compare, rounded, type System, scoresOf, systems } from "./comparison.ts";
import { SequenceClassifier } from "./sequence-classifier.ts";
import { type Trained, trainModel } from "./training.ts";

const [length, channels, patch, classes, records] = [128, 3, 4, 6, 2000];

/** Which two of three motifs are hidden in the noise, and in which order. */
export async function classification(context: ExperimentContext): Promise<BySystem<Trained[]>> {
  const { data, seed, quick, measure, metric, table, model: putModel } = context;
  const steps = quick ? 20 : 1000;
  const task = (part: number) => {
    const { series, labels } = motifSeries({ count: records, seed: 2 * seed + part, length, channels });
    return { series: fromArray(series.data, series.shape), labels: fromArray(labels.data, labels.shape) };
  };
  const [training, test] = [task(0), task(1)];
  data.generated("motifs", training, {
    from: `motifSeries, seeds ${2 * seed} and ${2 * seed + 1}`,
    records: 2 * records,
  });

  const runs = await compare(context, "classification", length / patch, async (core, run, system) => {
    const model = new SequenceClassifier(core, { channels, patch, classes });
    const evaluation = jit((series: Tensor, labels: Tensor) =>
      meanOf(cast(equal(argMax(model.forward(series)), labels), "float32")),
    );
    const trained = await trainModel({
      model,
      loss: (rows) => crossEntropy(model.forward(gather(training.series, rows)), gather(training.labels, rows)),
      records,
      batchSize: 64,
      steps,
      early: 300,
      evaluate: async () => ({ accuracy: 100 * (await (await evaluation(test.series, test.labels)).item()) }),
      run,
    });
    if (system === "Aaren" && run.seed === seed) {
      const example = { series: zeros([1, length, channels]) };
      const onnx = await exportOnnx(({ series }) => ({ logits: model.forward(series) }), example);
      putModel("classifier", { onnx, safetensors: await saveSafetensors(model) });
    }
    return trained;
  });

  const accuracies = (system: System, when?: "early"): number[] => scoresOf(runs[system], "accuracy", when);
  measure("comparable.classification", minus(accuracies("Aaren"), accuracies("Transformer")));
  measure("learns.classification", accuracies("Aaren"));
  for (const system of systems) metric(`classification.${system.toLowerCase()}`, accuracies(system), { unit: "%" });
  if (!quick)
    metric("classification.difference-300", minus(accuracies("Aaren", "early"), accuracies("Transformer", "early")), {
      unit: "points",
    });
  table("classification", {
    columns: ["model", "test accuracy %, 300 steps", `test accuracy %, ${steps.toLocaleString("en")} steps`],
    rows: [
      ...systems.map((system) => [
        system,
        quick ? null : rounded(mean(accuracies(system, "early")), 1),
        rounded(mean(accuracies(system)), 1),
      ]),
      ["chance", null, rounded(100 / classes, 1)],
    ],
    caption: "Six ordered pairs of motifs, mean of the seeds.",
  });
  return runs;
}
