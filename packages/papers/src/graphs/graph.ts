import { CsrMatrix, DomainError, type Entry } from "@paperworks/tensor";

/** A graph that is not one: an edge to a node that does not exist, features for the wrong number of nodes. */
export class GraphError extends Error {
  override name = "GraphError";
}

/** An undirected graph as its edges; what the citation graphs and the block model of `@paperworks/data` are. */
export interface Graph {
  readonly nodes: number;
  /** [edges, 2], each undirected edge once; loops are ignored. */
  readonly edges: { readonly data: Int32Array; readonly shape: readonly number[] };
}

/** The two ends of each edge. @throws GraphError naming an edge whose end is no node */
export function* edgesOf({ nodes, edges }: Graph): Generator<[number, number]> {
  for (let e = 0; e < edges.data.length; e += 2) {
    const [a, b] = [edges.data[e], edges.data[e + 1]];
    if (a < 0 || b < 0 || a >= nodes || b >= nodes) {
      throw new GraphError(`edge ${e / 2} joins ${a} and ${b}; the nodes are 0 … ${nodes - 1}`);
    }
    if (a !== b) yield [a, b];
  }
}

export interface AdjacencyOptions {
  /** Where the degrees divide: ½ on both sides (symmetric), 0 rows (a mean of neighbours), 1 columns. */
  r?: number;
  selfLoops?: boolean;
}

/**
 * Â_r = D̃^(r−1) Ã D̃^(−r) with Ã = A + I and D̃ its degrees.
 *
 * @returns [nodes, nodes]; r = 0 makes rows sum to 1, r = 1 columns
 * @throws GraphError for an edge to a missing node
 */
export function normalisedAdjacency(graph: Graph, { r = 0.5, selfLoops = true }: AdjacencyOptions = {}): CsrMatrix {
  if (!(r >= 0 && r <= 1)) throw new DomainError(`normalisedAdjacency: r lies in [0, 1], got ${r}`);
  const neighbours: Set<number>[] = Array.from({ length: graph.nodes }, (_, v) => new Set(selfLoops ? [v] : []));
  for (const [a, b] of edgesOf(graph)) {
    neighbours[a].add(b);
    neighbours[b].add(a);
  }
  const degree = neighbours.map((set) => set.size);
  const entries = neighbours.flatMap((set, i) =>
    [...set].map((j): Entry => [i, j, degree[i] ** (r - 1) * degree[j] ** -r]),
  );
  return CsrMatrix.fromEntries(graph.nodes, graph.nodes, entries);
}

/** The component of each node, numbered by their first nodes. */
export function connectedComponents(graph: Graph): { componentOf: Int32Array; count: number } {
  const parent = Int32Array.from({ length: graph.nodes }, (_, v) => v);
  const root = (v: number): number => {
    let top = v;
    while (parent[top] !== top) {
      parent[top] = parent[parent[top]];
      top = parent[top];
    }
    return top;
  };
  for (const [a, b] of edgesOf(graph)) parent[root(a)] = root(b);
  const numbers = new Map<number, number>();
  const componentOf = Int32Array.from({ length: graph.nodes }, (_, v) => {
    const top = root(v);
    if (!numbers.has(top)) numbers.set(top, numbers.size);
    return numbers.get(top) as number;
  });
  return { componentOf, count: numbers.size };
}

/** Degrees with the self-loop counted, d̃. */
export function degreesWithLoops(graph: Graph): Int32Array {
  const seen: Set<number>[] = Array.from({ length: graph.nodes }, (_, v) => new Set([v]));
  for (const [a, b] of edgesOf(graph)) {
    seen[a].add(b);
    seen[b].add(a);
  }
  return Int32Array.from(seen, (set) => set.size);
}

/**
 * What propagation tends to: Â^∞_ij = d̃_i^r d̃_j^(1−r) / Σ_l d̃_l with the sum over i's component, zero across components.
 * X^(∞) = Â^∞ X is one weighted sum a component.
 *
 * @param features [nodes, width], row-major
 * @returns        [nodes, width]
 */
export function stationaryState(graph: Graph, features: Float32Array, r = 0.5): Float32Array {
  const width = features.length / graph.nodes;
  if (!Number.isInteger(width))
    throw new GraphError(`stationaryState: ${features.length} values are no rows for ${graph.nodes} nodes`);
  const { componentOf, count } = connectedComponents(graph);
  const degree = degreesWithLoops(graph);
  const total = new Float64Array(count);
  const sums = new Float64Array(count * width);
  for (let v = 0; v < graph.nodes; v++) {
    const c = componentOf[v];
    total[c] += degree[v];
    const weight = degree[v] ** (1 - r);
    for (let f = 0; f < width; f++) sums[c * width + f] += weight * features[v * width + f];
  }
  const out = new Float32Array(features.length);
  for (let v = 0; v < graph.nodes; v++) {
    const c = componentOf[v];
    const weight = degree[v] ** r / total[c];
    for (let f = 0; f < width; f++) out[v * width + f] = weight * sums[c * width + f];
  }
  return out;
}
