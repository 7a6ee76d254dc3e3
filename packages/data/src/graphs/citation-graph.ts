import type { ArrayBatch } from "../column.ts";

/**
 * One undirected graph with sparse binary features and a class a node: what the Planetoid loader reads and the block
 * model generates.
 */
export interface CitationGraph {
  readonly name: string;
  readonly nodes: number;
  readonly features: number;
  readonly classes: number;
  /** [edges, 2]: each undirected edge once, the smaller node first; no loops. */
  readonly edges: ArrayBatch<Int32Array>;
  /** Compressed rows: node v has the features `featureColumns[featureRows[v] … featureRows[v + 1]]`, each of value 1. */
  readonly featureRows: Int32Array;
  readonly featureColumns: Int32Array;
  /** [nodes]: the class, or -1 for a node without one. */
  readonly labels: Int32Array;
  /** Disjoint node lists. */
  readonly train: Int32Array;
  readonly validation: Int32Array;
  readonly test: Int32Array;
}

/**
 * The features as a dense matrix [nodes, features].
 * @param normalise divide each row by its sum; a row without features stays zero
 */
export function denseFeatures(
  graph: Pick<CitationGraph, "nodes" | "features" | "featureRows" | "featureColumns">,
  { normalise = false }: { normalise?: boolean } = {},
): ArrayBatch<Float32Array> {
  const { nodes, features, featureRows, featureColumns } = graph;
  const data = new Float32Array(nodes * features);
  for (let node = 0; node < nodes; node++) {
    const start = featureRows[node];
    const end = featureRows[node + 1];
    const value = normalise ? 1 / (end - start) : 1;
    for (let i = start; i < end; i++) data[node * features + featureColumns[i]] = value;
  }
  return { data, shape: [nodes, features] };
}
