import { Module } from "@paperworks/nn";
import { add, type CsrMatrix, concat, relu, type Tensor } from "@paperworks/tensor";
import { GraphConvolution, type NodeFeatures, requirePropagations } from "./layers.ts";

export interface GcnOptions {
  inFeatures: number;
  hidden: number;
  classes: number;
  /** Propagations of each layer: their number is the depth of transformation D_t, their sum that of propagation D_p. */
  propagations: readonly number[];
  /** Checked against `propagations` when given. */
  layers?: number;
  /** ResGCN: a layer's input is added to its output where the widths agree. */
  residual?: boolean;
  /** DenseGCN: a layer reads the outputs of all earlier ones side by side. */
  dense?: boolean;
  dropout?: number;
}

/**
 * The coupled graph network: H ← ReLU(Âᵖ H W + b) for each entry p of `propagations`, the last layer without ReLU.
 *
 *   [1, 1] is the usual GCN; [8, 8] propagates deeply with two transformations; [1, 0, …, 0, 1] transforms deeply.
 */
export class Gcn extends Module {
  readonly layers: GraphConvolution[];
  readonly residual: boolean;
  readonly dense: boolean;

  /** @throws DomainError if `propagations` is empty, negative, or not one a layer */
  constructor({
    inFeatures,
    hidden,
    classes,
    propagations,
    layers,
    residual = false,
    dense = false,
    dropout = 0.5,
  }: GcnOptions) {
    super();
    requirePropagations(propagations, layers);
    this.layers = propagations.map((p, i) => {
      const width = i === 0 ? inFeatures : dense ? i * hidden : hidden;
      return new GraphConvolution({
        inFeatures: width,
        outFeatures: i === propagations.length - 1 ? classes : hidden,
        propagations: p,
        dropout,
      });
    });
    this.residual = residual;
    this.dense = dense;
  }

  /** @param x [nodes, inFeatures] @returns logits [nodes, classes] */
  forward(adjacency: CsrMatrix, x: NodeFeatures): Tensor {
    let input = x;
    const earlier: Tensor[] = [];
    for (const layer of this.layers.slice(0, -1)) {
      const out = relu(layer.forward(adjacency, input));
      const joins = this.residual && earlier.length > 0;
      earlier.push(joins ? add(out, input as Tensor) : out);
      input = this.dense ? concat(earlier, 1) : earlier[earlier.length - 1];
    }
    return this.layers[this.layers.length - 1].forward(adjacency, input);
  }
}
