import { Linear, Module } from "@paperworks/nn";
import { add, type CsrMatrix, DomainError, mul, requireWhole, spmm, type Tensor } from "@paperworks/tensor";
import { propagateLast } from "./propagation.ts";
import { ResidualMlp } from "./residual-mlp.ts";

export interface SgcOptions {
  inFeatures: number;
  classes: number;
  /** K: propagations before the one linear layer. */
  propagations: number;
}

/** Simplified graph convolution: softmax(Âᴷ X W + b), everything but the propagation left out (Wu et al., 2019). */
export class Sgc extends Module {
  readonly linear: Linear;
  readonly propagations: number;

  constructor({ inFeatures, classes, propagations }: SgcOptions) {
    super();
    requireWhole("Sgc: propagations", propagations);
    this.linear = new Linear({ inFeatures, outFeatures: classes });
    this.propagations = propagations;
  }

  /** @param x [nodes, inFeatures] @returns logits [nodes, classes] */
  forward(adjacency: CsrMatrix, x: Tensor): Tensor {
    return this.transform(propagateLast(adjacency, x, this.propagations));
  }

  /** The part that is trained, on rows that were propagated before. */
  transform(propagated: Tensor): Tensor {
    return this.linear.forward(propagated);
  }
}

export interface AppnpOptions {
  inFeatures: number;
  hidden: number;
  classes: number;
  /** α: how much of the prediction each step starts from again. */
  teleport?: number;
  steps?: number;
  dropout?: number;
}

/**
 * Predict, then propagate with restarts (Gasteiger et al., 2019): H = MLP(X), Z⁰ = H, Z ← (1 − α) Â Z + α H.
 */
export class Appnp extends Module {
  readonly mlp: ResidualMlp;
  readonly teleport: number;
  readonly steps: number;

  constructor({ inFeatures, hidden, classes, teleport = 0.1, steps = 10, dropout = 0.5 }: AppnpOptions) {
    super();
    if (!(teleport >= 0 && teleport <= 1))
      throw new DomainError(`Appnp: the teleport probability lies in [0, 1], got ${teleport}`);
    requireWhole("Appnp: steps", steps);
    this.mlp = new ResidualMlp({ inFeatures, hidden, classes, depth: 2, residual: false, dropout });
    this.teleport = teleport;
    this.steps = steps;
  }

  /** @param x [nodes, inFeatures] @returns logits [nodes, classes] */
  forward(adjacency: CsrMatrix, x: Tensor): Tensor {
    const start = this.mlp.forward(x);
    let z = start;
    for (let k = 0; k < this.steps; k++) z = add(mul(spmm(adjacency, z), 1 - this.teleport), mul(start, this.teleport));
    return z;
  }
}
