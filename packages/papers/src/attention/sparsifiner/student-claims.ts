import { type ExperimentContext, mean, meanCurve, minus, trainingFigure } from "@paperworks/experiment";
import { tradeOffFigure } from "./figures.ts";
import { type System, students } from "./systems.ts";
import type { Distilled } from "./tasks.ts";

/** A system that was trained: a run a seed, and what the whole network costs for one image. */
export interface Student {
  readonly system: System;
  readonly runs: readonly Distilled[];
  /** Multiply-accumulates. */
  readonly macs: number;
}

/** What the students' accuracies say, and the second picture. */
export function measureStudents(
  { measure, metric, figure, table }: Pick<ExperimentContext, "measure" | "metric" | "figure" | "table">,
  trained: readonly Student[],
): void {
  const accuracies = ({ runs }: Student): number[] => runs.map(({ accuracy }) => accuracy);
  for (const student of trained)
    metric(`accuracy.${student.system.name.replaceAll(" ", "-")}`, accuracies(student), { unit: "%" });
  /** How far one system is above another, a value a seed, where both were trained. */
  const difference = (claim: string, above: System, below: System): void => {
    const [a, b] = [above, below].map(({ name }) => trained.find(({ system }) => system.name === name));
    if (a && b) measure(claim, minus(accuracies(a), accuracies(b)));
  };
  difference("accuracy.keep-0.25", students.dense, students.quarter);
  difference("accuracy.keep-0.10", students.dense, students.tenth);
  difference("combined.accuracy", students.both, students.equal);
  const millions = ({ macs }: Student): number => Math.round(macs / 1e4) / 100;
  figure(
    "trade-off",
    tradeOffFigure(
      trained.flatMap((student) =>
        accuracies(student).map((accuracy, seed) => ({
          system: student.system.name,
          seed,
          macs: millions(student),
          accuracy,
        })),
      ),
    ),
    {
      title: "Accuracy against the work of the whole network",
      caption:
        "Faint points are seeds, full ones their means. Predictors are counted, at the density of basis measured here.",
    },
  );
  figure(
    "training",
    trainingFigure(
      trained.flatMap(({ system, runs }) =>
        meanCurve(
          system.name,
          runs.map(({ curve }) => curve),
        ),
      ),
      "distillation loss",
    ),
    {
      title: "Distillation",
      caption: "Labels, the teacher's logits and its tokens: means of ten steps, and of the seeds.",
    },
  );
  table("students", {
    columns: ["student", "share of tokens kept", "million multiply-accumulates", "test accuracy %", "seeds"],
    rows: trained.map((student) => [
      student.system.name,
      student.system.rate ?? null,
      millions(student),
      Math.round(100 * mean(accuracies(student))) / 100,
      student.runs.length,
    ]),
    caption:
      "All start from the same teachers and take the same steps, the dense student too. Tokens are dropped after each of the first three blocks.",
  });
}
