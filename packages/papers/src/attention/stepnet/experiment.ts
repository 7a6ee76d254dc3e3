import { photographs } from "@paperworks/data/images";
import {
  type ExperimentContext,
  mean,
  meanCurve,
  minus,
  over,
  type Setting,
  trainingFigure,
} from "@paperworks/experiment";
import { parameterCount, saveSafetensors } from "@paperworks/nn";
import { cost, exportOnnx, type Tensor, zeros } from "@paperworks/tensor";
import {
  type ErrorRow,
  flowFigure,
  type ProfileRow,
  pathFigure,
  phaseFigure,
  profileFigure,
  stepFigure,
} from "./figures.ts";
import { excitableFlow } from "./flow-data.ts";
import type { FlowNetOptions } from "./flow-net.ts";
import { type FlowPlan, type TrainedFlow, trainFlow } from "./flow-training.ts";
import {
  type ImagePlan,
  meanPeakRatio,
  type Profile,
  type TrainedImages,
  ticketOf,
  trainOnImages,
} from "./image-training.ts";
import { solverRuns } from "./solver-steps.ts";
import type { AdaptorKind } from "./step-adaptor.ts";
import { StepResNet } from "./step-resnet.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

const [flowSeeds, imageSeeds] = [5, 3];

/** Steps of an adaptive solver, flows learned with and without adaptive steps, and residual networks for photographs. */
export async function experiment(context: Context): Promise<void> {
  await adaptiveSteps(context);
  await flows(context);
  await images(context);
}

async function adaptiveSteps({ task, measure, metric, figure }: Context): Promise<void> {
  const { excitable, vanDerPol } = await task("adaptive solver", () => solverRuns(150));
  measure("adaptive.correlation", excitable.correlation);
  measure("adaptive.steps", excitable.shortening);
  metric("solver.steps", excitable.steps.length);
  metric("solver.rejected", excitable.rejected);
  metric("solver.correlation.van-der-pol", vanDerPol.correlation);
  figure("phase-plane", phaseFigure(excitable.steps), {
    title: "The steps of an adaptive solver",
    caption: "The plane of an excitable system, a dot an accepted step, coloured by stiffness.",
  });
  figure(
    "steps",
    stepFigure([
      ...excitable.steps.map((step) => ({ ...step, system: "excitable" })),
      ...vanDerPol.steps.map((step) => ({ ...step, system: "van der Pol" })),
    ]),
    {
      title: "Step length against stiffness",
      caption: "Where accuracy sets the step it follows stiffness; van der Pol's is set by stability too.",
    },
  );
}

/** FlowNets; the plain one also as wide inside as it takes for more parameters than StepNet has. */
const flowSystems: Readonly<Record<string, FlowNetOptions>> = {
  none: { kind: "none" },
  SE: { kind: "se" },
  StepNet: { kind: "step" },
  "none, wider": { kind: "none", inner: 88 },
};

async function flows(context: Context): Promise<void> {
  const { quick, seed, settings, replicate, measure, metric, figure, table } = context;
  const substeps = quick ? 40 : 200;
  /** Every seed has paths of its own, the same for all systems. */
  const planOf = (runSeed: number): FlowPlan => ({
    train: excitableFlow({ count: quick ? 256 : 2048, seed: runSeed, substeps }),
    test: excitableFlow({ count: quick ? 64 : 512, seed: runSeed + 1000, substeps }),
    steps: quick ? 20 : 600,
    batch: 128,
    learningRate: settings.learningRate,
  });
  const runs: Record<string, TrainedFlow[]> = {};
  for (const system of quick ? ["none", "StepNet"] : Object.keys(flowSystems))
    runs[system] = await replicate(`flow ${system}`, flowSeeds, (run) =>
      trainFlow(flowSystems[system], planOf(run.seed), run),
    );
  const errors = (system: string): number[] => runs[system].map(({ error }) => error);
  const fidelities = (system: string): number[] => runs[system].map(({ fidelity }) => fidelity);
  measure("flow.none", over(errors("StepNet"), errors("none")));
  if (!quick) {
    measure("flow.se", over(errors("StepNet"), errors("SE")));
    metric("flow.wider", over(errors("StepNet"), errors("none, wider")));
  }
  measure("fidelity", minus(fidelities("StepNet"), fidelities("none")));
  metric(
    "flow.step-spread",
    runs.StepNet.map(({ spread }) => spread),
  );
  const names = Object.keys(runs);
  table("flows", {
    columns: ["system", "parameters", "test error over the variance", "fidelity", "peak recall"],
    rows: names.map((system) => [
      system,
      runs[system][0].parameters,
      rounded(mean(errors(system)), 5),
      rounded(mean(fidelities(system)), 4),
      rounded(mean(runs[system].map(({ recall }) => recall)), 3),
    ]),
    caption: "One shared block, applied 24 times, learns the flow of an excitable system.",
  });
  figure("paths", pathFigure(runs.StepNet[0].paths), {
    title: "A learned flow and its steps",
    caption: "Click a start: the true path and the network's, the true stiffness, and the mean step that it chose.",
  });
  const points = names.flatMap((system) =>
    runs[system].map(({ error, fidelity }, i): ErrorRow => ({ system, seed: seed + i, error, fidelity })),
  );
  figure("flows", flowFigure(points), { title: "Who represents stiffness, and who predicts" });
  drawCurves(context, "flow-training", runs, "training loss of the flows");
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

function drawCurves(
  { figure }: Context,
  name: string,
  runs: Readonly<Record<string, readonly { curve: { step: number; loss: number }[] }[]>>,
  unit: string,
): void {
  const rows = Object.entries(runs).flatMap(([system, all]) =>
    meanCurve(
      system,
      all.map(({ curve }) => curve),
    ),
  );
  figure(name, trainingFigure(rows, unit), {
    title: "Training losses",
    caption: "Means of ten steps, and of the seeds.",
  });
}

async function images(context: Context): Promise<void> {
  const { quick, seed, data, replicate } = context;
  const plan: ImagePlan = {
    images: await photographs(data, { train: quick ? 320 : 10_000, test: quick ? 100 : 2_000, seed }),
    blocks: quick ? [2, 2] : [5, 5],
    steps: quick ? 5 : 160,
    batch: 64,
    measured: quick ? 64 : 500,
  };
  const runs: Record<string, TrainedImages[]> = {};
  const train = async (system: string, kinds: (index: number) => AdaptorKind | AdaptorKind[]): Promise<void> => {
    runs[system] = await replicate(`images ${system}`, imageSeeds, async (run) => {
      const { model, ...trained } = await trainOnImages(kinds(run.seed - seed), plan, run);
      if (system === "StepNet" && run.seed === seed) context.model("model", await filesOf(model));
      return trained;
    });
  };
  await train("StepNet", () => "step");
  if (!quick) {
    await train("none", () => "none");
    await train("SE", () => "se");
    const plain = new StepResNet({ kinds: "none", blocks: plan.blocks });
    for (const end of ["stiffest", "least stiff"] as const)
      await train(`StepNet in the ${end} half`, (index) =>
        ticketOf(plain, runs.StepNet[index].profile, { end, count: plain.blocks.length / 2, kind: "step" }),
      );
  }
  measureImages(context, plan, runs);
}

async function filesOf(model: StepResNet): Promise<{ onnx: Uint8Array; safetensors: Uint8Array }> {
  const onnx = await exportOnnx(({ images }: { images: Tensor }) => ({ logits: model.forward(images) }), {
    images: zeros([1, 3, 32, 32]),
  });
  return { onnx, safetensors: await saveSafetensors(model) };
}

function measureImages(context: Context, { blocks }: ImagePlan, runs: Record<string, TrainedImages[]>): void {
  const { quick, measure, metric, figure, table, cost: put } = context;
  const accuracies = (system: string): number[] => runs[system].map(({ accuracy }) => accuracy);
  const ratios = (of: (run: TrainedImages) => Profile): number[] => runs.StepNet.map((run) => meanPeakRatio(of(run)));
  if (!quick) {
    measure(
      "phenomenon",
      over(
        ratios(({ profile }) => profile),
        ratios(({ profileBefore }) => profileBefore),
      ),
    );
    metric(
      "peak-ratio.trained",
      ratios(({ profile }) => profile),
    );
    measure("images.accuracy", minus(accuracies("StepNet"), accuracies("none")));
    measure("images.ticket", minus(accuracies("StepNet in the stiffest half"), accuracies("StepNet")));
    metric("images.control", minus(accuracies("StepNet in the least stiff half"), accuracies("StepNet")));
    metric("images.se", minus(accuracies("SE"), accuracies("none")));
  }
  metric(
    "images.step-spread",
    runs.StepNet.map(({ spread }) => spread),
  );
  const names = Object.keys(runs);
  table("images", {
    columns: ["adaptors", "test accuracy %", "deviation of a over examples"],
    rows: names.map((system) => [
      system,
      rounded(mean(accuracies(system)), 2),
      rounded(mean(runs[system].map(({ spread }) => spread)), 4),
    ]),
    caption: "Where a hardly differs from example to example, few blocks need it for that reason alone.",
  });
  figure("stiffness-of-networks", profileFigure(profileRows(runs)), {
    title: "Stiffness over depth",
    caption: "Means over test images and seeds, in evaluation mode; the block that changes the shape has none.",
  });
  drawCurves(context, "image-training", runs, "training loss on images");
  const model = new StepResNet({ kinds: "step", blocks });
  const { parameters, macs } = cost((x: Tensor) => model.forward(x), zeros([1, 3, 32, 32]));
  put("image", { parameters, macs, withoutAdaptors: parameterCount(new StepResNet({ kinds: "none", blocks })) });
}

function profileRows(runs: Readonly<Record<string, readonly TrainedImages[]>>): ProfileRow[] {
  const shown = Object.keys(runs).filter((system) => !system.includes("half"));
  const rowsOf = (system: string, profiles: readonly Profile[]): ProfileRow[] =>
    profiles[0].flatMap((stage, s) =>
      stage.map((_, block) => ({
        system,
        stage: `stage ${s + 1}`,
        block: block + 1 + (s === 0 ? 0 : 1),
        xi: mean(profiles.map((profile) => profile[s][block])),
      })),
    );
  return [
    ...shown.flatMap((system) =>
      rowsOf(
        system,
        runs[system].map(({ profile }) => profile),
      ),
    ),
    ...rowsOf(
      "StepNet before training",
      runs.StepNet.map(({ profileBefore }) => profileBefore),
    ),
  ];
}
