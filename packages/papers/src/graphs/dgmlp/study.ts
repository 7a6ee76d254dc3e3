import type { CitationGraph } from "@paperworks/data";
import { denseFeatures } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import { crossEntropy } from "@paperworks/nn";
import { argMax, CsrMatrix as Csr, type CsrMatrix, fromArray, gather, jit, manualSeed } from "@paperworks/tensor";
import { Gcn, type GcnOptions } from "../gcn.ts";
import { type Graph, normalisedAdjacency, stationaryState } from "../graph.ts";
import { type Accuracies, pick, rowsOf, trainOnNodes, trainOnRows } from "../node-training.ts";
import { hopsOf } from "../propagation.ts";
import { ResidualMlp } from "../residual-mlp.ts";
import { type AdaptiveFeatures, adaptiveFeatures } from "./smoothing.ts";

/** How long a model is trained. */
export interface Budget {
  hidden: number;
  epochs: number;
  every: number;
}

/** A citation graph with everything computed from it once, and the two ways to train on it. */
export class Study {
  readonly graph: CitationGraph;
  readonly adjacency: CsrMatrix;
  /** [nodes, features], rows divided by their sum */
  readonly features: Float32Array;
  #hops = new Map<number, Float32Array>();
  #adaptive = new Map<number, AdaptiveFeatures>();
  #stationary: Float32Array | undefined;

  constructor(graph: CitationGraph, features?: Float32Array) {
    this.graph = graph;
    this.adjacency = normalisedAdjacency(graph as Graph);
    this.features = features ?? denseFeatures(graph, { normalise: true }).data;
  }

  /** The same features as a sparse matrix, for models that read all nodes at every step. */
  sparseFeatures(): CsrMatrix {
    const { featureRows, featureColumns, nodes, features } = this.graph;
    const values = new Float32Array(featureColumns.length);
    for (let v = 0; v < nodes; v++)
      values.fill(1 / (featureRows[v + 1] - featureRows[v]), featureRows[v], featureRows[v + 1]);
    return new Csr(nodes, features, featureRows, featureColumns, values);
  }

  /** X^(k) for several k at once. */
  #computeHops(wanted: readonly number[]): void {
    const missing = wanted.filter((k) => !this.#hops.has(k));
    if (missing.length === 0) return;
    let k = 0;
    for (const hop of hopsOf(this.adjacency, this.features, Math.max(...missing))) {
      if (missing.includes(k)) this.#hops.set(k, hop);
      k++;
    }
  }

  /** X^(k), [nodes, features]. Naming all hops one will need saves propagating again. */
  hop(k: number, all: readonly number[] = [k]): Float32Array {
    this.#computeHops([...all, k]);
    return this.#hops.get(k) as Float32Array;
  }

  get stationary(): Float32Array {
    this.#stationary ??= stationaryState(this.graph, this.features);
    return this.#stationary;
  }

  adaptive(depth: number): AdaptiveFeatures {
    let known = this.#adaptive.get(depth);
    if (!known) {
      known = adaptiveFeatures(this.adjacency, this.features, this.stationary, depth);
      this.#adaptive.set(depth, known);
    }
    return known;
  }

  /** The mean of hops 0 … depth with equal weights. */
  uniform(depth: number): Float32Array {
    const total = new Float32Array(this.features.length);
    for (const hop of hopsOf(this.adjacency, this.features, depth))
      hop.forEach((value, i) => {
        total[i] += value / (depth + 1);
      });
    return total;
  }

  /** Trains an MLP on rows that were propagated before. */
  trainDecoupled(
    matrix: Float32Array,
    { depth, residual, training = this.graph.train }: { depth: number; residual: boolean; training?: Int32Array },
    { hidden, epochs, every }: Budget,
    run: TaskRun,
  ): Promise<Accuracies> {
    const { graph } = this;
    manualSeed(run.seed);
    const part = (rows: Int32Array) => ({
      features: rowsOf(matrix, graph.features, rows),
      labels: pick(graph.labels, rows),
    });
    const model = new ResidualMlp({ inFeatures: graph.features, hidden, classes: graph.classes, depth, residual });
    return trainOnRows(
      model,
      { training: part(training), validation: part(graph.validation), test: part(graph.test) },
      { epochs, every, run },
    );
  }

  /** Trains a coupled network on the whole graph. */
  trainCoupled(
    options: Pick<GcnOptions, "propagations" | "residual" | "dense">,
    { hidden, epochs, every }: Budget,
    run: TaskRun,
  ): Promise<Accuracies> {
    const { graph, adjacency } = this;
    manualSeed(run.seed);
    const x = this.sparseFeatures();
    const model = new Gcn({ inFeatures: graph.features, hidden, classes: graph.classes, ...options });
    const nodes = { training: graph.train, validation: graph.validation, test: graph.test };
    const labels = {
      training: pick(graph.labels, graph.train),
      validation: pick(graph.labels, graph.validation),
      test: pick(graph.labels, graph.test),
    };
    const rows = fromArray(graph.train, [graph.train.length], "int32");
    const targets = fromArray(labels.training, [graph.train.length], "int32");
    const classes = jit(() => argMax(model.forward(adjacency, x)));
    return trainOnNodes({
      model,
      loss: () => crossEntropy(gather(model.forward(adjacency, x), rows), targets),
      predict: async (part) => pick((await (await classes()).data()) as Int32Array, nodes[part]),
      labels,
      epochs,
      every,
      run,
    });
  }
}
