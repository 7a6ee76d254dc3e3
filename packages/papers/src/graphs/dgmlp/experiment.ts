import { type CitationGraph, type DataSource, planetoid } from "@paperworks/data";
import { stochasticBlockModel } from "@paperworks/data/graphs";
import { type ExperimentContext, mean, minus, type TaskRun } from "@paperworks/experiment";
import { Adam, crossEntropy, parameters, saveSafetensors } from "@paperworks/nn";
import { cost, exportOnnx, fromArray, gather, jit, manualSeed, type Tensor } from "@paperworks/tensor";
import { Gcn } from "../gcn.ts";
import { normalisedAdjacency, stationaryState } from "../graph.ts";
import { type Accuracies, pick, rowsOf } from "../node-training.ts";
import { ResidualMlp } from "../residual-mlp.ts";
import { sparsifyEdges, sparsifyFeatures, sparsifyLabels } from "../sparsify.ts";
import { Dgmlp } from "./dgmlp.ts";
import { graphSmoothingFigure, heatMapFigure, hopAccuracyFigure } from "./figures.ts";
import { adaptiveFeatures } from "./smoothing.ts";
import { type Budget, Study } from "./study.ts";

const propagationDepths = [0, 1, 2, 4, 8, 16, 32];
const adaptiveDepths = [2, 4, 8, 16, 32];
const transformationDepths = [2, 4, 6, 8, 16];

const points = (values: readonly number[]): number[] => values.map((value) => 100 * value);
const test = (runs: readonly Accuracies[]): number[] => points(runs.map((run) => run.test));
const round1 = (value: number): number => Math.round(value * 10) / 10;

async function citationGraph(data: DataSource, name: "cora" | "citeseer"): Promise<CitationGraph> {
  const real = await planetoid(data, name);
  if (real) return real;
  const options = {
    blocks: 7,
    nodes: 2000,
    meanDegree: 4,
    homophily: 0.8,
    features: 500,
    seed: name === "cora" ? 0 : 1,
  };
  const from = `stochasticBlockModel, ${options.blocks} blocks, mean degree ${options.meanDegree}, seed ${options.seed}`;
  return data.generated(name, stochasticBlockModel(options), { from, records: options.nodes });
}

/** The study of propagation against transformation, on Cora and (for the accuracy claim) Citeseer. */
export async function experiment(context: ExperimentContext): Promise<void> {
  const { data, quick, replicate, measure, metric, table, figure } = context;
  const cora = new Study(await citationGraph(data, "cora"));
  const decoupled: Budget = { hidden: 64, epochs: quick ? 30 : 200, every: 2 };
  const coupled: Budget = { hidden: 32, epochs: 120, every: 4 };
  const hops = quick ? [0, 2, 8] : propagationDepths;

  const lastHop = (depth: number, layers: number, residual: boolean, seeds: number): Promise<Accuracies[]> => {
    const variant = layers === 2 ? "" : residual ? " residual" : " plain";
    return replicate(`hop ${depth}, ${layers} layers${variant}`, seeds, (run) =>
      cora.trainDecoupled(cora.hop(depth, hops), { depth: layers, residual }, decoupled, run),
    );
  };

  // The two depths apart: propagation at two layers, transformation at eight hops.
  const byHops = new Map<number, Accuracies[]>();
  for (const depth of hops) byHops.set(depth, await lastHop(depth, 2, false, 5));
  const byLayers = { plain: new Map<number, Accuracies[]>(), residual: new Map<number, Accuracies[]>() };
  for (const layers of quick ? [2, 8] : transformationDepths) {
    for (const variant of ["plain", "residual"] as const) {
      const runs = layers === 2 ? (byHops.get(8) as Accuracies[]) : await lastHop(8, layers, variant === "residual", 5);
      byLayers[variant].set(layers, runs);
    }
  }
  const at = (map: Map<number, Accuracies[]>, key: number): Accuracies[] => map.get(key) as Accuracies[];

  measure("residual.test", minus(test(at(byLayers.residual, 8)), test(at(byLayers.plain, 8))));
  const training = (runs: readonly Accuracies[]): number[] => points(runs.map((run) => run.training));
  measure("residual.training", minus(training(at(byLayers.residual, 8)), training(at(byLayers.plain, 8))));
  table("hops", {
    columns: ["hops D_p", "test accuracy %"],
    rows: hops.map((depth) => [depth, round1(mean(test(at(byHops, depth))))]),
    caption: "Last hop, two layers: over-smoothing is real, and slow.",
  });
  figure("hops", hopAccuracyFigure(hops.map((depth) => ({ depth, accuracies: test(at(byHops, depth)) }))), {
    title: "Accuracy by propagation depth",
    caption: "Two layers on the features of the last hop alone.",
  });

  const levels = cora.adaptive(quick ? 8 : 32).levels;
  const graphLevel = levels.map((level, hop) => ({ hop, level: mean([...level]) }));
  figure("smoothing", graphSmoothingFigure(graphLevel), {
    title: "Graph smoothing level by hop",
    caption: "High: nodes are still themselves. It falls towards 0 as they approach the stationary state.",
  });
  if (quick) return;

  const transformationDrop = minus(test(at(byLayers.plain, 2)), test(at(byLayers.plain, 8)));
  const propagationDrop = minus(test(at(byHops, 2)), test(at(byHops, 32)));
  measure("degradation.decoupled", minus(transformationDrop, propagationDrop));
  metric("drop.layers", transformationDrop, { unit: "points" });
  metric("drop.hops", propagationDrop, { unit: "points" });

  // The same with propagation and transformation in one layer.
  const gcn = (name: string, propagations: number[], residual = false, dense = false): Promise<Accuracies[]> =>
    replicate(`coupled ${name}`, 3, (run) => cora.trainCoupled({ propagations, residual, dense }, coupled, run));
  const eight = [1, 1, 1, 1, 1, 1, 1, 1];
  const coupledRuns: [string, Accuracies[]][] = [
    ["[1, 1]", await gcn("[1, 1]", [1, 1])],
    ["[8, 8]", await gcn("[8, 8]", [8, 8])],
    ["eight 1s", await gcn("eight 1s", eight)],
    ["[1, 0, …, 0, 1]", await gcn("[1, 0, …, 0, 1]", [1, 0, 0, 0, 0, 0, 0, 1])],
    ["eight 1s, residual", await gcn("eight 1s, residual", eight, true)],
    ["eight 1s, dense", await gcn("eight 1s, dense", eight, false, true)],
  ];
  measure("degradation.coupled", minus(test(coupledRuns[1][1]), test(coupledRuns[2][1])));
  table("coupled", {
    columns: ["propagations a layer", "test accuracy %", "training accuracy %"],
    rows: coupledRuns.map(([name, runs]) => [name, round1(mean(test(runs))), round1(mean(training(runs)))]),
  });

  // Node-adaptive mixtures of hops.
  const dgmlp = (study: Study, name: string, depth: number): Promise<Accuracies[]> =>
    replicate(`${name}dgmlp ${depth} hops`, 5, (run) =>
      study.trainDecoupled(study.adaptive(depth).features, { depth: 2, residual: true }, decoupled, run),
    );
  const adaptive = new Map<number, Accuracies[]>();
  for (const depth of adaptiveDepths) adaptive.set(depth, await dgmlp(cora, "", depth));
  measure("adaptive.last", minus(test(at(adaptive, 32)), test(at(byHops, 32))));
  measure("adaptive.depth", minus(test(at(adaptive, 32)), test(at(adaptive, 8))));
  const uniform = await replicate("uniform mean of 17 hops", 5, (run) =>
    cora.trainDecoupled(cora.uniform(16), { depth: 2, residual: true }, decoupled, run),
  );
  metric("adaptive-over-uniform", minus(test(at(adaptive, 16)), test(uniform)), { unit: "points" });

  await accuracyClaim(context, cora, "cora", adaptive, decoupled);
  const citeseer = new Study(await citationGraph(data, "citeseer"));
  const onCiteseer = new Map<number, Accuracies[]>();
  for (const depth of adaptiveDepths) onCiteseer.set(depth, await dgmlp(citeseer, "citeseer ", depth));
  await accuracyClaim(context, citeseer, "citeseer", onCiteseer, decoupled);

  await sparsity(context, cora, decoupled);
  await efficiency(context, cora);

  // The map of both depths; its cross of rows and columns is known already.
  const cells: { depth: number; layers: number; variant: string; accuracy: number }[] = [];
  for (const depth of [0, 2, 8, 32]) {
    for (const layers of [2, 4, 8, 16]) {
      for (const variant of ["plain", "residual"] as const) {
        let runs: Accuracies[];
        if (layers === 2) runs = at(byHops, depth);
        else if (depth === 8) runs = at(byLayers[variant], layers);
        else runs = await lastHop(depth, layers, variant === "residual", 3);
        cells.push({ depth, layers, variant, accuracy: mean(test(runs)) });
      }
    }
  }
  figure("depths", heatMapFigure(cells), {
    title: "Test accuracy by both depths",
    caption: "The cliff runs along the depth of transformation; residual connections move it away.",
  });
  await exportModel(context, cora, decoupled);
}

/** DGMLP at the depth that validation prefers, against a plain GCN. */
async function accuracyClaim(
  { replicate, measure, metric, table }: ExperimentContext,
  study: Study,
  name: "cora" | "citeseer",
  adaptive: Map<number, Accuracies[]>,
  budget: Budget,
): Promise<void> {
  const baseline = await replicate(`${name} gcn`, 5, (run) =>
    study.trainCoupled({ propagations: [1, 1] }, budget, run),
  );
  const validation = (runs: readonly Accuracies[]): number => mean(runs.map((run) => run.validation));
  const [depth, chosen] = [...adaptive].reduce((best, next) =>
    validation(next[1]) > validation(best[1]) ? next : best,
  );
  measure(`accuracy.${name}`, minus(test(chosen), test(baseline)));
  metric(`${name}.depth`, depth);
  metric(`${name}.dgmlp`, test(chosen), { unit: "%" });
  metric(`${name}.gcn`, test(baseline), { unit: "%" });
  table(`adaptive-${name}`, {
    columns: ["hops D_p", "validation %", "test %"],
    rows: [...adaptive].map(([hops, runs]) => [hops, round1(100 * validation(runs)), round1(mean(test(runs)))]),
    caption: `DGMLP with two layers; GCN [1, 1] ${round1(mean(test(baseline)))} %.`,
  });
}

/** Fewer labels, fewer edges, fewer features: where deep propagation pays. */
async function sparsity(
  { replicate, measure, metric, table, seed }: ExperimentContext,
  study: Study,
  budget: Budget,
): Promise<void> {
  const { graph } = study;
  const withLabels = (perClass: number, hops: number): Promise<Accuracies[]> =>
    replicate(`${perClass} labels a class, ${hops} hops`, 5, (run) => {
      const training = sparsifyLabels(graph, perClass, run.seed);
      return study.trainDecoupled(study.hop(hops, [2, 16]), { depth: 2, residual: false, training }, budget, run);
    });
  const gains = new Map<number, number[]>();
  for (const perClass of [2, 20])
    gains.set(perClass, minus(test(await withLabels(perClass, 16)), test(await withLabels(perClass, 2))));
  const [few, many] = [gains.get(2) as number[], gains.get(20) as number[]];
  measure("sparsity", minus(few, many));
  metric("gain.2-labels", few, { unit: "points" });
  metric("gain.20-labels", many, { unit: "points" });

  const variants: [string, () => Study][] = [
    ["30 % of the edges", () => new Study(sparsifyEdges(graph, 0.3, seed))],
    ["features of 10 % of the nodes", () => new Study(graph, sparsifyFeatures(study.features, graph.nodes, 0.1, seed))],
  ];
  const rows: [string, number, number][] = [];
  for (const [name, make] of variants) {
    let made: Study | undefined;
    const accuracies: number[] = [];
    for (const hops of [2, 16]) {
      const runs = await replicate(`${name}, ${hops} hops`, 3, (run) => {
        made ??= make();
        return made.trainDecoupled(made.hop(hops, [2, 16]), { depth: 2, residual: false }, budget, run);
      });
      accuracies.push(round1(mean(test(runs))));
    }
    rows.push([name, accuracies[0], accuracies[1]]);
  }
  table("sparsity", {
    columns: ["graph", "2 hops, test %", "16 hops, test %"],
    rows,
    caption: "Without a bar: neither shows a clear effect.",
  });
}

/** What a training step costs with the graph in it and without. */
async function efficiency({ task, measure, cost: report }: ExperimentContext, study: Study): Promise<void> {
  const { graph, adjacency } = study;
  const [inFeatures, classes, hidden] = [graph.features, graph.classes, 64];
  const train = fromArray(graph.train, [graph.train.length], "int32");
  const targets = fromArray(pick(graph.labels, graph.train), [graph.train.length], "int32");
  const stepOf = (model: Gcn | ResidualMlp, logits: () => Tensor): (() => { loss: Tensor }) => {
    const optimizer = new Adam(parameters(model), { lr: 0.01, weightDecay: 5e-4 });
    return () => {
      const loss = crossEntropy(logits(), targets);
      optimizer.minimize(loss);
      return { loss };
    };
  };
  const seconds = async (step: () => Promise<unknown>, run: TaskRun): Promise<number> => {
    for (let i = 0; i < 3; i++) await step();
    const start = performance.now();
    for (let i = 1; i <= 120; i++) {
      await step();
      await run.progress({ step: i, steps: 120 });
    }
    return (performance.now() - start) / 1000;
  };
  const ratio = await task("seconds of 120 steps", async (run) => {
    manualSeed(run.seed);
    const gcn = new Gcn({ inFeatures, hidden, classes, propagations: [8, 8] });
    const words = study.sparseFeatures();
    const coupledSeconds = await seconds(jit(stepOf(gcn, () => gather(gcn.forward(adjacency, words), train))), run);
    const start = performance.now();
    const prepared = adaptiveFeatures(
      normalisedAdjacency(graph),
      study.features,
      stationaryState(graph, study.features),
      16,
    );
    const preparation = (performance.now() - start) / 1000;
    const mlp = new ResidualMlp({ inFeatures, hidden, classes, depth: 2 });
    const rows = rowsOf(prepared.features, graph.features, graph.train);
    const decoupledSeconds = await seconds(jit(stepOf(mlp, () => mlp.forward(rows))), run);
    return coupledSeconds / (decoupledSeconds + preparation);
  });
  measure("efficiency.time", ratio);

  // Multiplications of one step, both models on dense features: what training reads of the graph is the difference.
  const gcn = new Gcn({ inFeatures, hidden, classes, propagations: [1, 1] });
  const mlp = new ResidualMlp({ inFeatures, hidden, classes, depth: 2 });
  const all = fromArray(study.features, [graph.nodes, graph.features]);
  const rows = rowsOf(study.features, graph.features, graph.train);
  const coupledCost = cost(stepOf(gcn, () => gather(gcn.forward(adjacency, all), train)));
  const decoupledCost = cost(stepOf(mlp, () => mlp.forward(rows)));
  measure("efficiency.macs", coupledCost.macs / decoupledCost.macs);
  report("training-step", {
    "GCN [1, 1]": { parameters: coupledCost.parameters, macs: coupledCost.macs, peakBytes: coupledCost.peakBytes },
    DGMLP: { parameters: decoupledCost.parameters, macs: decoupledCost.macs, peakBytes: decoupledCost.peakBytes },
  });
}

/** A trained DGMLP on prepared rows. */
async function exportModel({ task, model }: ExperimentContext, study: Study, budget: Budget): Promise<void> {
  const { graph } = study;
  await task("the exported model", async (run) => {
    manualSeed(run.seed);
    const dgmlp = new Dgmlp({
      inFeatures: graph.features,
      hidden: budget.hidden,
      classes: graph.classes,
      propagationDepth: 16,
      transformationDepth: 2,
    });
    const rows = rowsOf(study.adaptive(16).features, graph.features, graph.train);
    const targets = fromArray(pick(graph.labels, graph.train), [graph.train.length], "int32");
    const optimizer = new Adam(parameters(dgmlp), { lr: 0.01, weightDecay: 5e-4 });
    const step = jit(() => {
      const loss = crossEntropy(dgmlp.forward(rows), targets);
      optimizer.minimize(loss);
      return { loss };
    });
    for (let epoch = 1; epoch <= budget.epochs; epoch++) await step();
    dgmlp.eval();
    const onnx = await exportOnnx(({ rows: input }) => ({ logits: dgmlp.forward(input) }), { rows });
    model("model", { onnx, safetensors: await saveSafetensors(dgmlp) });
    return { epochs: budget.epochs };
  });
}
