import { type CitationGraph, DataSource, planetoid, Random } from "@paperworks/data";
import { stochasticBlockModel } from "@paperworks/data/graphs";
import { folderFinder } from "@paperworks/data/node";
import { crossEntropy, parameterCount } from "@paperworks/nn";
import {
  CsrMatrix,
  fromArray,
  grad,
  jit,
  manualSeed,
  matmul,
  norm,
  type Tensor,
  tensor,
  treeLeaves,
} from "@paperworks/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Appnp, Sgc } from "../decoupled.ts";
import { Gcn } from "../gcn.ts";
import { connectedComponents, type Graph, GraphError, normalisedAdjacency, stationaryState } from "../graph.ts";
import { pick, rowsOf } from "../node-training.ts";
import { hopsOf, propagate } from "../propagation.ts";
import { ResidualMlp } from "../residual-mlp.ts";
import { sparsifyEdges, sparsifyFeatures, sparsifyLabels } from "../sparsify.ts";
import { Dgmlp } from "./dgmlp.ts";
import { adaptiveFeatures, hopWeights, nodeAdaptiveCombination, nodeSmoothingLevel } from "./smoothing.ts";
import { Study } from "./study.ts";

const graphOf = (nodes: number, edges: [number, number][]): Graph => ({
  nodes,
  edges: { data: Int32Array.from(edges.flat()), shape: [edges.length, 2] },
});
const path3 = graphOf(3, [
  [0, 1],
  [1, 2],
]);
const numbers = (count: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
};
const closeTo = (a: ArrayLike<number>, b: ArrayLike<number>, digits = 6): void => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i], digits);
};
const randomGraph = fc
  .record({ nodes: fc.integer({ min: 2, max: 12 }), picks: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 30 }) })
  .map(({ nodes, picks }) =>
    graphOf(
      nodes,
      picks.map(([a, b]) => [a % nodes, b % nodes]),
    ),
  );
const runs = { numRuns: 15, seed: 7 };

describe("the normalised adjacency", () => {
  it("has the middle row (1/√6, 1/3, 1/√6) on a path of three nodes", () => {
    const dense = normalisedAdjacency(path3).toDense();
    closeTo(dense.slice(3, 6), [1 / Math.sqrt(6), 1 / 3, 1 / Math.sqrt(6)]);
  });

  it("has row sums 1 at r = 0 and column sums 1 at r = 1", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const n = graph.nodes;
        const rows = normalisedAdjacency(graph, { r: 0 }).toDense();
        const columns = normalisedAdjacency(graph, { r: 1 }).toDense();
        for (let i = 0; i < n; i++) {
          const at = Array.from({ length: n }, (_, j) => j);
          expect(at.reduce((sum, j) => sum + rows[i * n + j], 0)).toBeCloseTo(1, 5);
          expect(at.reduce((sum, j) => sum + columns[j * n + i], 0)).toBeCloseTo(1, 5);
        }
      }),
      runs,
    );
  });

  it("names an edge to a missing node", () => {
    expect(() =>
      normalisedAdjacency(
        graphOf(3, [
          [0, 1],
          [1, 5],
        ]),
      ),
    ).toThrow(GraphError);
    expect(() =>
      normalisedAdjacency(
        graphOf(3, [
          [0, 1],
          [1, 5],
        ]),
      ),
    ).toThrow("edge 1 joins 1 and 5; the nodes are 0 … 2");
  });
});

describe("propagation", () => {
  it("equals the dense power of the adjacency on random graphs, in the program and on the host", async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.integer({ min: 0, max: 4 }), async (graph, hops) => {
        const adjacency = normalisedAdjacency(graph);
        const features = numbers(graph.nodes * 3, 1);
        const all = await propagate(adjacency, fromArray(features, [graph.nodes, 3]), hops).data();
        let power = fromArray(features, [graph.nodes, 3]);
        const dense = fromArray(adjacency.toDense(), [graph.nodes, graph.nodes]);
        for (let k = 0; k < hops; k++) power = matmul(dense, power);
        const last = [...hopsOf(adjacency, features, hops)].at(-1) as Float32Array;
        closeTo(all.slice(-features.length) as Float32Array, (await power.data()) as Float32Array);
        closeTo(last, (await power.data()) as Float32Array);
      }),
      runs,
    );
  });

  it("ends in the stationary state: hop 500 on a complete graph less one edge", () => {
    const edges: [number, number][] = [];
    for (let a = 0; a < 8; a++) for (let b = a + 1; b < 8; b++) if (a !== 0 || b !== 1) edges.push([a, b]);
    const graph = graphOf(8, edges);
    const features = numbers(8 * 4, 2);
    const last = [...hopsOf(normalisedAdjacency(graph), features, 500)].at(-1) as Float32Array;
    closeTo(last, stationaryState(graph, features));
  });

  it("leaves the stationary state as it is, in every component", () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const state = stationaryState(graph, numbers(graph.nodes * 2, 3));
        closeTo(normalisedAdjacency(graph).multiplyHost(state, 2), state, 5);
      }),
      runs,
    );
  });

  it("keeps the features of an isolated node at every hop", () => {
    const graph = graphOf(3, [[0, 1]]);
    const features = numbers(6, 4);
    for (const hop of hopsOf(normalisedAdjacency(graph), features, 5)) closeTo(hop.slice(4), features.slice(4));
    expect(connectedComponents(graph).count).toBe(2);
  });
});

describe("the smoothing level", () => {
  const features = numbers(3 * 4, 5);
  const adjacency = normalisedAdjacency(path3);
  const stationary = stationaryState(path3, features);

  it("is 1 − cos(x, x^∞) at hop 0 and 0 for a node that is stationary already", async () => {
    const hops = propagate(adjacency, fromArray(features, [3, 4]), 2);
    const level = await nodeSmoothingLevel(hops, fromArray(stationary, [3, 4])).data();
    const cos = (a: Float32Array, b: Float32Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i], 0) / (Math.hypot(...a) * Math.hypot(...b));
    for (let v = 0; v < 3; v++) {
      expect(level[v]).toBeCloseTo(1 - cos(features.slice(4 * v, 4 * v + 4), stationary.slice(4 * v, 4 * v + 4)), 5);
    }
    const settled = propagate(adjacency, fromArray(stationary, [3, 4]), 2);
    closeTo(
      (await nodeSmoothingLevel(settled, fromArray(stationary, [3, 4])).data()) as Float32Array,
      new Array(9).fill(0),
      5,
    );
  });

  it("is 0, never NaN, for a node without features", async () => {
    const bare = new Float32Array(6);
    bare.set([1, 2], 0);
    const hops = propagate(normalisedAdjacency(graphOf(3, [[0, 1]])), fromArray(bare, [3, 2]), 1);
    const level = await nodeSmoothingLevel(hops, fromArray(stationaryState(graphOf(3, [[0, 1]]), bare), [3, 2])).data();
    expect([...level].every(Number.isFinite)).toBe(true);
    expect([level[2], level[5]]).toEqual([0, 0]);
  });

  it("mixes hops on the host as in the program", async () => {
    const hops = propagate(adjacency, fromArray(features, [3, 4]), 5);
    const levels = nodeSmoothingLevel(hops, fromArray(stationary, [3, 4]));
    const mixed = await nodeAdaptiveCombination(hops, levels, 0.3).data();
    const host = adaptiveFeatures(adjacency, features, stationary, 5, 0.3);
    closeTo(host.features, mixed as Float32Array, 5);
    closeTo(
      host.levels.flatMap((level) => [...level]),
      (await levels.data()) as Float32Array,
      5,
    );
  });

  it("gives weights that sum to 1: uniform as T grows, the best hop as T falls", () => {
    const levels = [0.2, 0.9, 0.4];
    expect(hopWeights(levels).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    closeTo(hopWeights(levels, 1e9), [1 / 3, 1 / 3, 1 / 3]);
    closeTo(hopWeights(levels, 1e-3), [0, 1, 0]);
  });
});

describe("the models", () => {
  const graph = stochasticBlockModel({
    blocks: 3,
    nodes: 60,
    meanDegree: 4,
    homophily: 0.8,
    features: 12,
    wordsPerNode: 4,
    labelsPerClass: 3,
    validation: 10,
    test: 10,
    seed: 0,
  });
  const adjacency = normalisedAdjacency(graph);
  const features = numbers(60 * 12, 6);
  const x = fromArray(features, [60, 12]);
  const shape = { inFeatures: 12, hidden: 8, classes: 3 };

  it("DGMLP without propagation is the residual MLP", async () => {
    manualSeed(1);
    const dgmlp = new Dgmlp({ ...shape, propagationDepth: 0, transformationDepth: 3 });
    const prepared = dgmlp.prepare(graph, features).features;
    closeTo(prepared, features);
    manualSeed(1);
    const mlp = new ResidualMlp({ ...shape, depth: 3 });
    closeTo(
      (await dgmlp
        .eval()
        .forward(fromArray(prepared, [60, 12]))
        .data()) as Float32Array,
      (await mlp.eval().forward(x).data()) as Float32Array,
    );
  });

  it("Sgc(K) is a one-layer Gcn with K propagations", async () => {
    manualSeed(2);
    const sgc = new Sgc({ inFeatures: 12, classes: 3, propagations: 4 });
    const gcn = new Gcn({ ...shape, propagations: [4] });
    gcn.layers[0].weight.assign(sgc.linear.weight);
    closeTo(
      (await gcn.eval().forward(adjacency, x).data()) as Float32Array,
      (await sgc.forward(adjacency, x).data()) as Float32Array,
      5,
    );
  });

  it("Gcn without propagation is the MLP, and reads sparse features like dense ones", async () => {
    manualSeed(3);
    const gcn = new Gcn({ ...shape, propagations: [0, 0] });
    const mlp = new ResidualMlp({ ...shape, depth: 2 });
    mlp.layers.forEach((layer, l) => {
      layer.weight.assign(gcn.layers[l].weight);
    });
    const dense = await gcn.eval().forward(adjacency, x).data();
    closeTo(dense as Float32Array, (await mlp.eval().forward(x).data()) as Float32Array);
    const entries = Array.from(features, (value, i): [number, number, number] => [Math.floor(i / 12), i % 12, value]);
    closeTo(
      (await gcn.forward(adjacency, CsrMatrix.fromEntries(60, 12, entries)).data()) as Float32Array,
      dense as Float32Array,
      5,
    );
  });

  it("Appnp with teleport 1 is its own MLP", async () => {
    const appnp = new Appnp({ ...shape, teleport: 1 });
    closeTo(
      (await appnp.eval().forward(adjacency, x).data()) as Float32Array,
      (await appnp.mlp.forward(x).data()) as Float32Array,
    );
  });

  it("has 92,231 parameters on Cora, 4,160 more a layer, whatever the propagation", () => {
    const count = (propagationDepth: number, transformationDepth: number): number =>
      parameterCount(new Dgmlp({ inFeatures: 1433, hidden: 64, classes: 7, propagationDepth, transformationDepth }));
    expect([count(0, 2), count(32, 2), count(4, 3)]).toEqual([92_231, 92_231, 96_391]);
  });

  /** ‖∂loss/∂W¹‖ of eight plain layers ÷ that of eight residual ones, at the same start. */
  async function firstLayerRatio(features: Tensor, labels: Int32Array, seed: number): Promise<number> {
    const targets = fromArray(labels, [labels.length], "int32");
    const gradientNorm = async (residual: boolean): Promise<number> => {
      manualSeed(seed);
      const inFeatures = features.shape[1];
      const mlp = new ResidualMlp({ inFeatures, hidden: 64, classes: 7, depth: 8, residual, dropout: 0 });
      const first = mlp.layers[0].weight;
      const measure = jit(() => norm(treeLeaves(grad(crossEntropy(mlp.forward(features), targets), first))[0]));
      return (await measure()).item();
    };
    return (await gradientNorm(false)) / (await gradientNorm(true));
  }

  it("passes less than a tenth of the gradient to the first of eight plain layers: random rows", async () => {
    const rows = fromArray(
      numbers(140 * 200, 7).map((value) => Math.abs(value) / 200),
      [140, 200],
    );
    const labels = Int32Array.from({ length: 140 }, (_, i) => i % 7);
    expect(await firstLayerRatio(rows, labels, 4)).toBeLessThan(0.1);
  });

  const folder = process.env.PAPERWORKS_DATA ?? "";
  it.skipIf(folder === "")("and Cora's 32 hops, four seeds (skipped without PAPERWORKS_DATA)", async () => {
    const cora = (await planetoid(new DataSource(folderFinder(folder)), "cora")) as CitationGraph;
    const mixed = new Study(cora).adaptive(32).features;
    const rows = rowsOf(mixed, cora.features, cora.train);
    for (const seed of [0, 1, 2, 3])
      expect(await firstLayerRatio(rows, pick(cora.labels, cora.train), seed)).toBeLessThan(0.1);
  });

  it("refuses negative depths, no layer, a temperature of 0 and propagations of another length", () => {
    const options = { ...shape, propagationDepth: 2, transformationDepth: 2 };
    expect(() => new Dgmlp({ ...options, propagationDepth: -1 })).toThrow("at least 0, got -1");
    expect(() => new Dgmlp({ ...options, transformationDepth: 0 })).toThrow("at least 1, got 0");
    expect(() => new Dgmlp({ ...options, temperature: 0 })).toThrow("above 0, got 0");
    expect(() => new Gcn({ ...shape, propagations: [1, 1], layers: 3 })).toThrow("each of the 3 layers");
    expect(() => nodeAdaptiveCombination(tensor([[[1]]]), tensor([[1]]), -1)).toThrow("above 0, got -1");
  });
});

describe("sparser graphs", () => {
  const graph = stochasticBlockModel({
    blocks: 2,
    nodes: 80,
    meanDegree: 4,
    homophily: 0.8,
    features: 10,
    wordsPerNode: 3,
    labelsPerClass: 10,
    validation: 20,
    test: 20,
    seed: 1,
  });

  it("keep the share asked for, the same for the same seed", () => {
    expect(sparsifyEdges(graph, 0.3, 5).edges.shape[0]).toBe(Math.round(0.3 * graph.edges.shape[0]));
    expect(sparsifyEdges(graph, 0.3, 5)).toEqual(sparsifyEdges(graph, 0.3, 5));
    const kept = sparsifyFeatures(new Float32Array(800).fill(1), 80, 0.1, 3);
    expect(kept.filter((value) => value === 1).length).toBe(80);
  });

  it("draw labels of every class and none from validation or test", () => {
    const labels = sparsifyLabels(graph, 2, 9);
    expect([...labels].map((v) => graph.labels[v]).sort()).toEqual([0, 0, 1, 1]);
    const held = new Set([...graph.validation, ...graph.test]);
    expect([...labels].some((v) => held.has(v))).toBe(false);
    expect(() => sparsifyLabels(graph, 100, 0)).toThrow("not 100");
  });
});
