import { Adam, crossEntropy, parameterCount, parameters } from "@paperworks/nn";
import { Gcn } from "@paperworks/papers/graphs/gcn";
import { CsrMatrix, configure, cost, jit, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
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
  const optimizer = new Adam(parameters(model), { lr: sizes.lr });
  const train = (labels: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(adjacency, words), labels);
    optimizer.minimize(loss);
    return loss;
  };
  const labels = tensor(targets, { shape: [nodes] });
  const compiled = jit(train);
  return {
    parameters: parameterCount(model),
    cost: cost(train, labels),
    note,
    step: async () => (await compiled(labels)).item(),
  };
}
