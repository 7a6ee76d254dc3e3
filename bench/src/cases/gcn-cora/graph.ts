import { type CitationGraph, DataSource, planetoid } from "@paperworks/data";
import { stochasticBlockModel } from "@paperworks/data/graphs";
import { folderFinder } from "@paperworks/data/node";
import { normalisedAdjacency } from "@paperworks/papers/graphs/graph";
import type { CsrMatrix } from "@paperworks/tensor";
import sizes from "./sizes.json" with { type: "json" };

/** The graph of the case with its normalised adjacency, and labels that are −1 but for the nodes to train on. */
export interface CitationTask {
  graph: CitationGraph;
  adjacency: CsrMatrix;
  targets: Int32Array;
  note: string;
}

/** Cora from the folder PAPERWORKS_DATA, or a random graph of its size. */
export async function citationTask(): Promise<CitationTask> {
  const folder = process.env.PAPERWORKS_DATA;
  const cora = folder ? await planetoid(new DataSource(folderFinder(folder)), "cora") : undefined;
  const { nodes, edges, features, wordsPerNode, classes } = sizes;
  const graph =
    cora ??
    stochasticBlockModel({
      nodes,
      features,
      wordsPerNode,
      blocks: classes,
      meanDegree: (2 * edges) / nodes,
      homophily: 0.8,
      seed: 0,
    });
  const targets = new Int32Array(graph.nodes).fill(-1);
  for (const node of graph.train) targets[node] = graph.labels[node];
  const note = cora ? "the graph is Cora" : "a random graph of Cora's size: PAPERWORKS_DATA has no Cora";
  return { graph, adjacency: normalisedAdjacency(graph), targets, note };
}
