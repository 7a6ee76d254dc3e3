import { Gcn } from "@paperworks/papers/graphs/gcn";
import { CsrMatrix, configure, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { trainingStep } from "../../training-step.ts";
import { citationTask } from "./graph.ts";
import sizes from "./sizes.json" with { type: "json" };

export async function prepare(): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { graph, adjacency, targets, note } = await citationTask();
  const { nodes, features, classes, featureRows, featureColumns } = graph;
  const words = new CsrMatrix(
    nodes,
    features,
    featureRows,
    featureColumns,
    new Float32Array(featureColumns.length).fill(1),
  );
  const model = new Gcn({
    inFeatures: features,
    hidden: sizes.hidden,
    classes,
    propagations: [1, 1],
    dropout: 0,
  });
  return trainingStep({
    model,
    logits: () => model.forward(adjacency, words),
    inputs: [],
    targets: tensor(targets, { shape: [nodes] }),
    lr: sizes.lr,
    note,
  });
}
