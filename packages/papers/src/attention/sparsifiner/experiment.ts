import { photographs } from "@paperworks/data/images";
import { type ExperimentContext, mean, type Setting } from "@paperworks/experiment";
import { Generator } from "@paperworks/tensor";
import { rateOfEqualMacs } from "./attention-flops.ts";
import { drawConnections } from "./connections-picture.ts";
import { measureCosts } from "./cost-claims.ts";
import { measureCoverage } from "./coverage-claims.ts";
import { timeExecutions } from "./execution-timing.ts";
import { executionFigure } from "./figures.ts";
import { systemMacs } from "./network-cost.ts";
import { measureStudents, type Student } from "./student-claims.ts";
import { networkShape, pruned, type System, students } from "./systems.ts";
import { distillStudent, type Fitted, fit, type Plan, type Taught, teach } from "./tasks.ts";

type Context = ExperimentContext<{ learningRate: Setting<number> }>;

const seeds = 3;

/** Dense teachers on photographs, predictors fitted to their attention, and students with and without masks and token pruning. */
export async function experiment(context: Context): Promise<void> {
  const { quick, seed, data, settings, replicate } = context;
  const images = await photographs(data, { train: quick ? 640 : 10_000, test: quick ? 64 : 2_000, seed });
  const plan: Plan = {
    images,
    teacherBatch: quick ? 16 : 64,
    studentBatch: quick ? 16 : 48,
    testBatch: quick ? 64 : 100,
    coverageImages: quick ? 64 : 1_000,
    teacherSteps: quick ? 20 : 400,
    reconstructionSteps: quick ? 5 : 240,
    distillationSteps: quick ? 5 : 150,
    learningRate: settings.learningRate,
  };
  const taught = await replicate("teacher", seeds, (run) => teach(plan, run));
  context.metric(
    "accuracy.teacher",
    taught.map(({ accuracy }) => accuracy),
    { unit: "%" },
  );
  const fitted = await replicate("predictors", seeds, (run) => fit(plan, taught[run.seed - seed], run, "size"));
  if (!quick) {
    const signed = await replicate("predictors of a signed basis", 1, (run) =>
      fit(plan, taught[run.seed - seed], run, "signed"),
    );
    context.metric(
      "coverage.signed-basis-0.25",
      signed.map(({ coverage }) => coverage[0].Sparsifiner),
    );
  }
  measureCoverage(
    context,
    fitted.map(({ coverage }) => coverage),
  );
  measureCosts(
    context,
    fitted.map(({ density }) => density),
  );
  const trained = await trainStudents(context, plan, taught, fitted);
  measureStudents(context, trained);
  const shown = trained.find(({ system }) => system.name === students.quarter.name)?.runs[0].connections;
  if (shown) drawConnections(context, images.test, shown);
  await timing(context);
}

/** Stage 2 of all students on the same batches, from the same teachers and predictors. */
async function trainStudents(
  { quick, seed, replicate, model }: Context,
  plan: Plan,
  taught: readonly Taught[],
  fitted: readonly Fitted[],
): Promise<Student[]> {
  const density = mean(fitted.map((one) => one.density));
  const equalRate = rateOfEqualMacs(networkShape, pruned, systemMacs(students.both, density));
  const chosen: readonly System[] = quick
    ? [students.dense, students.quarter, students.both]
    : Object.values({ ...students, equal: { ...students.equal, rate: equalRate } });
  const trained: Student[] = [];
  for (const system of chosen) {
    // A reference without a bar that no other number needs takes one seed.
    const runs = await replicate(system.name, system.linformer ? 1 : seeds, (run) => {
      const index = run.seed - seed;
      const shown = system.name === students.quarter.name && index === 0;
      const from = { taught: taught[index], fitted: fitted[index] };
      return distillStudent(plan, system, from, run, shown ? (files) => model("model", files) : undefined);
    });
    trained.push({ system, runs, macs: systemMacs(system, density) });
  }
  return trained;
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
