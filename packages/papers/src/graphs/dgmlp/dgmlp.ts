import { Module } from "@paperworks/nn";
import { DomainError, requireWhole, type Tensor } from "@paperworks/tensor";
import { type Graph, normalisedAdjacency, stationaryState } from "../graph.ts";
import { ResidualMlp } from "../residual-mlp.ts";
import { type AdaptiveFeatures, adaptiveFeatures } from "./smoothing.ts";

export interface DgmlpOptions {
  inFeatures: number;
  hidden: number;
  classes: number;
  /** D_p: how far features are propagated, once, before training. */
  propagationDepth: number;
  /** D_t: layers of the transformation. */
  transformationDepth: number;
  residual?: boolean;
  /** T of the softmax over hops. */
  temperature?: number;
  dropout?: number;
}

/**
 * A deep graph network whose two depths are free of each other: features are propagated once, each node mixing its hops by
 * how smooth they are (`smoothing.ts`), and a residual MLP transforms the rows. Training reads rows, never the graph.
 *
 * Source: "Evaluating Deep Graph Neural Networks", the model proposed at its end.
 */
export class Dgmlp extends Module {
  readonly propagationDepth: number;
  readonly temperature: number;
  readonly transformation: ResidualMlp;

  /** @throws DomainError for a negative depth, D_t < 1 or T ≤ 0 */
  constructor(options: DgmlpOptions) {
    super();
    const { propagationDepth, transformationDepth, temperature = 1, ...rest } = options;
    requireWhole("Dgmlp: propagationDepth", propagationDepth);
    requireWhole("Dgmlp: transformationDepth", transformationDepth, 1);
    if (!(temperature > 0)) throw new DomainError(`Dgmlp: the temperature must be above 0, got ${temperature}`);
    this.propagationDepth = propagationDepth;
    this.temperature = temperature;
    this.transformation = new ResidualMlp({ ...rest, depth: transformationDepth });
  }

  /** Everything that needs the graph, done once. @param features [nodes, inFeatures] */
  prepare(graph: Graph, features: Float32Array): AdaptiveFeatures {
    const adjacency = normalisedAdjacency(graph);
    return adaptiveFeatures(
      adjacency,
      features,
      stationaryState(graph, features),
      this.propagationDepth,
      this.temperature,
    );
  }

  /** @param rows [rows, inFeatures] of prepared features @returns logits [rows, classes] */
  forward(rows: Tensor): Tensor {
    return this.transformation.forward(rows);
  }
}
