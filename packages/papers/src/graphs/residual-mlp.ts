import { Dropout, Linear, Module } from "@paperworks/nn";
import { add, relu, requireWhole, type Tensor } from "@paperworks/tensor";

export interface ResidualMlpOptions {
  inFeatures: number;
  hidden: number;
  classes: number;
  /** D_t: the number of linear layers. */
  depth: number;
  residual?: boolean;
  /** On every layer's input. */
  dropout?: number;
}

/**
 * The transformation of a decoupled graph network:
 *
 *   Z¹ = ReLU(X W¹ + b¹)      Zˡ = ReLU(Zˡ⁻¹ Wˡ + bˡ) (+ Zˡ⁻¹ if residual)  for 1 < l < D_t      logits = Z W^{D_t} + b
 *
 * Glorot uniform weights, zero biases, no normalisation: with He's initialisation the degradation of deep ones would hide.
 */
export class ResidualMlp extends Module {
  readonly layers: Linear[];
  readonly residual: boolean;
  readonly dropout: Dropout;

  constructor({ inFeatures, hidden, classes, depth, residual = true, dropout = 0.5 }: ResidualMlpOptions) {
    super();
    requireWhole("the transformation depth", depth, 1);
    this.layers = Array.from({ length: depth }, (_, l) => {
      return new Linear({ inFeatures: l === 0 ? inFeatures : hidden, outFeatures: l === depth - 1 ? classes : hidden });
    });
    this.residual = residual;
    this.dropout = new Dropout({ rate: dropout });
  }

  /** @param x [rows, inFeatures] @returns logits [rows, classes] */
  forward(x: Tensor): Tensor {
    let z = x;
    this.layers.forEach((layer, l) => {
      const out = layer.forward(this.dropout.forward(z));
      if (l === this.layers.length - 1) z = out;
      else z = this.residual && l > 0 ? add(relu(out), z) : relu(out);
    });
    return z;
  }
}
