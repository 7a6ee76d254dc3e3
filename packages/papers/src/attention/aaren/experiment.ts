import { Random } from "@paperworks/data";
import type { ExperimentContext } from "@paperworks/experiment";
import { classification } from "./classification.ts";
import { type BySystem, systems } from "./comparison.ts";
import { decisionMaking } from "./decision-making.ts";
import { efficiency } from "./efficiency.ts";
import { eventForecasting } from "./event-forecasting.ts";
import { type CurveRow, prefixTreeFigure, trainingFigure } from "./figures.ts";
import { forecasting } from "./forecasting.ts";
import { prefixScanNodes } from "./prefix-tree.ts";
import type { Trained } from "./training.ts";

/** Aaren beside a Transformer of the same size in four settings, and both as streams. */
export async function experiment(context: ExperimentContext): Promise<void> {
  const { quick, figure } = context;
  const curves: CurveRow[] = [];
  const draw = (setting: string, runs: BySystem<Trained[]>): void => {
    for (const model of systems) {
      runs[model][0].curve.forEach(({ step }, i) => {
        const loss = runs[model].reduce((sum, { curve }) => sum + curve[i].loss / runs[model].length, 0);
        curves.push({ setting, model, step, loss });
      });
    }
    figure("training", trainingFigure(curves), {
      title: "Training losses",
      caption: "Means of ten steps, and of the seeds.",
    });
  };

  draw("classification", await classification(context));
  if (!quick) {
    draw("forecasting", await forecasting(context));
    draw("events", await eventForecasting(context));
    draw("decisions", await decisionMaking(context));
  }
  await efficiency(context);
  await prefixTree(context);
}

/** The prefix scan over eight tokens. */
async function prefixTree({ seed, figure, table }: ExperimentContext): Promise<void> {
  const random = new Random(seed);
  const tokens = (deviation: number): number[] =>
    Array.from({ length: 8 }, () => Math.round(random.normal(0, deviation) * 10) / 10 || 0);
  const [scores, values] = [tokens(2), tokens(1)];
  const nodes = await prefixScanNodes(scores, values);
  figure("prefix-scan", prefixTreeFigure(nodes), {
    title: "All prefixes in three rounds of merges",
    caption: "In round j each state (m, u, w) is merged with the one 2^j places before it; the last row gives o = w/u.",
  });
  const last = Math.max(...nodes.map(({ step }) => step));
  table("prefix-scan", {
    columns: ["token", "score", "value", "m", "u", "w", "o = w/u"],
    rows: nodes
      .filter(({ step }) => step === last)
      .map(({ token, m, u, w }) => [
        token,
        scores[token - 1],
        values[token - 1],
        ...[m, u, w, w / u].map((value) => Math.round(value * 1e4) / 1e4),
      ]),
  });
}
