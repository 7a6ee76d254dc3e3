import { type ExperimentContext, mean, minus } from "@paperworks/experiment";
import { saveSafetensors } from "@paperworks/nn";
import { exportOnnx, zeros } from "@paperworks/tensor";
import type { MlpInit } from "./deep-mlp.ts";
import { type DigitRun, type DigitRunOptions, loadDigits, type Regulariser, trainOnDigits } from "./digits.ts";
import { accuracyFigure, type NamedCurve, rmsFigure } from "./figures.ts";
import { multiplication } from "./multiplication.ts";
import { randomWalkRms } from "./noise.ts";
import type { settings as declared } from "./paper.ts";
import { questionAnswering } from "./question-answering.ts";

const width = 50;
/** Below √(2/width) a layer of ReLUs shrinks what goes through it. */
const critical = Math.sqrt(2 / width);

const best = (runs: readonly DigitRun[]): number[] => runs.map((run) => run.best);
const percent = (value: number): number => Math.round(value * 1000) / 10;

/** Deep networks on digits, question answering over stories, and restarts of a Neural GPU: with and without noise. */
export async function experiment(context: ExperimentContext<typeof declared>): Promise<void> {
  const { quick, replicate, measure, metric, table, figure, model, data } = context;
  const { eta, gamma, learningRate } = context.settings;
  const digits = await loadDigits(data);
  const steps = quick ? 400 : 6000;
  const schedule = { learningRate, eta, gamma, steps, every: quick ? 200 : 600 };

  const train = (init: MlpInit, regulariser: Regulariser, seeds: number): Promise<DigitRun[]> => {
    const options: DigitRunOptions = { ...schedule, init, regulariser };
    return replicate(`digits.${init}.${regulariser}`, seeds, async (run) => {
      const trained = await trainOnDigits(digits, options, run);
      if (init === "zero" && regulariser === "noise" && run.seed === context.seed) {
        const network = trained.model.eval();
        const onnx = await exportOnnx(({ images }) => ({ logits: network.forward(images) }), {
          images: zeros([1, 784]),
        });
        model("model", { onnx, safetensors: await saveSafetensors(network) });
      }
      return trained.result;
    });
  };
  const rows: [string, string, number, number, number][] = [];
  const note = (init: string, regulariser: string, runs: readonly DigitRun[]): void => {
    rows.push([
      init,
      regulariser,
      percent(Math.max(...best(runs))),
      percent(mean(best(runs))),
      percent(mean(runs.map((run) => run.final))),
    ]);
  };
  const compare = async (claim: string, init: MlpInit): Promise<NamedCurve[]> => {
    const systems = { noise: await train(init, "noise", 4), none: await train(init, "none", 4) };
    measure(claim, minus(best(systems.noise), best(systems.none)));
    return Object.entries(systems).flatMap(([name, runs]) => {
      note(init, name, runs);
      return runs.map((run, seed) => ({ system: `${init}, ${name}`, seed, curve: run.curve }));
    });
  };

  const walk = Array.from({ length: 41 }, (_, i) => Math.round((i * steps) / 40));
  const walked = walk.map((step) => ({ step, rms: randomWalkRms(step, learningRate, { eta, gamma }) }));
  const fromZero = await compare("bad-init", "zero");
  figure("accuracy", accuracyFigure(fromZero), {
    title: "Twenty layers from a start at zero",
    caption: "Test accuracy with and without noise, a line a seed.",
  });
  figure("random-walk", rmsFigure(fromZero, walked, critical), {
    title: "The hidden weights walk until they learn",
    caption: "Dashed: the walk that noise alone makes. Red: √(2/50), where layers stop shrinking their input.",
  });
  const withNoise = fromZero.filter(({ system }) => system === "zero, noise");
  const [first] = withNoise[0].curve;
  metric("walk.measured", first.rms);
  metric("walk.predicted", randomWalkRms(first.step, learningRate, { eta, gamma }));
  if (quick) {
    await questionAnswering(context);
    return;
  }
  const simple = await compare("poor-init", "simple");
  const good = await compare("good-init", "he");
  figure("initialisations", accuracyFigure([...simple, ...good]), { title: "From small and from good weights" });
  await questionAnswering(context);
  for (const regulariser of ["dropout", "constant"] as const)
    note("simple", regulariser, await train("simple", regulariser, 2));
  table("digits", {
    columns: ["initial weights", "on the gradient", "best run %", "mean of best %", "mean at the end %"],
    rows,
    caption:
      "Test accuracy of 20 hidden layers of 50; dropout and noise of a constant σ of the same total variance are rivals.",
  });
  await multiplication(context);
}
