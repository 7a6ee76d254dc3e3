import { Dropout, init, initialParameter, Module } from "@paperworks/nn";
import type { Parameter } from "@paperworks/tensor";
import { add, CsrMatrix, DomainError, matmul, requireWhole, ShapeError, spmm, type Tensor } from "@paperworks/tensor";
import { propagateLast } from "./propagation.ts";

/** Node features: dense rows, or a sparse matrix (bags of words), whose zeros then cost nothing. */
export type NodeFeatures = Tensor | CsrMatrix;

const widthOf = (x: NodeFeatures): number | undefined => (x instanceof CsrMatrix ? x.columns : x.shape.at(-1));

export interface GraphConvolutionOptions {
  inFeatures: number;
  outFeatures: number;
  /** p: how often the layer propagates; 0 makes it a linear layer. */
  propagations?: number;
  /** On the layer's input. */
  dropout?: number;
}

/**
 * One coupled layer: Âᵖ H W + b, the propagation and the transformation of a graph convolution in one
 * (Kipf and Welling, 2017: p = 1). The weight comes first, since it usually makes the rows shorter.
 */
export class GraphConvolution extends Module {
  /** [inFeatures, outFeatures] */
  readonly weight: Parameter;
  /** [outFeatures] */
  readonly bias: Parameter;
  readonly propagations: number;
  readonly dropout: Dropout;

  constructor({ inFeatures, outFeatures, propagations = 1, dropout = 0 }: GraphConvolutionOptions) {
    super();
    requireWhole("GraphConvolution: propagations", propagations);
    const context = { fanIn: inFeatures, fanOut: outFeatures };
    this.weight = initialParameter([inFeatures, outFeatures], init.glorotUniform(), context);
    this.bias = initialParameter([outFeatures], init.zeros(), context);
    this.propagations = propagations;
    this.dropout = new Dropout({ rate: dropout });
  }

  /** @param x [nodes, inFeatures] @returns [nodes, outFeatures] */
  forward(adjacency: CsrMatrix, x: NodeFeatures): Tensor {
    if (widthOf(x) !== this.weight.shape[0]) {
      throw new ShapeError(
        `GraphConvolution: rows of ${widthOf(x)} features where ${this.weight.shape[0]} are expected`,
      );
    }
    // Dropping a zero changes nothing, so a sparse input drops among its entries.
    const product =
      x instanceof CsrMatrix
        ? spmm(x, this.weight, this.dropout.forward(x.valuesTensor))
        : matmul(this.dropout.forward(x), this.weight);
    return add(propagateLast(adjacency, product, this.propagations), this.bias);
  }
}

/** Checks that there is one number of propagations a layer, none negative. @throws DomainError */
export function requirePropagations(propagations: readonly number[], layers?: number): void {
  if (propagations.length === 0 || (layers !== undefined && propagations.length !== layers)) {
    throw new DomainError(
      `propagations ${JSON.stringify(propagations)} must have one number for each of the ${layers ?? "(at least one)"} layers`,
    );
  }
  for (const p of propagations) requireWhole("propagations", p);
}
