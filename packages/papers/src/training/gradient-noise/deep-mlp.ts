import { Dropout, type Initializer, init, Linear, Module } from "@paperworks/nn";
import { flatten, type Generator, relu, requireWhole, type Tensor } from "@paperworks/tensor";

/** "bad": all zeros. "simple": N(0, 0.1²) everywhere. "good": He's N(0, 2/fan-in). */
export type MlpInit = "zero" | "simple" | "he";

const initializers: Record<MlpInit, () => Initializer> = {
  zero: init.zeros,
  simple: () => init.normal({ std: 0.1 }),
  he: () => init.heNormal(),
};

export interface DeepMlpOptions {
  inFeatures?: number;
  /** Hidden layers. */
  depth?: number;
  width?: number;
  classes?: number;
  init?: MlpInit;
  /** Of the dropout after each hidden layer; 0 leaves it out. */
  dropout?: number;
  generator?: Generator;
}

/**
 * A fully connected network that is hard to train for its depth alone.
 *
 *   h_0 = x,  h_{l+1} = ReLU(h_l W_l + b_l) for l = 0 … depth − 1,  logits = h_depth W + b
 *
 * With weights N(0, 0.1²) and width 50 every layer keeps a quarter of the squared length, E‖h_{l+1}‖²/‖h_l‖² = 50·0.1²/2,
 * so that 20 layers lose the signal (0.25²⁰ ≈ 9·10⁻¹³). With weights of zero no hidden weight has a gradient at all.
 *
 * Source: Neelakantan et al., section 4.1.
 */
export class DeepMlp extends Module {
  readonly hidden: readonly Linear[];
  readonly dropout: Dropout | undefined;
  readonly output: Linear;

  constructor({
    inFeatures = 784,
    depth = 20,
    width = 50,
    classes = 10,
    init: kind = "he",
    dropout = 0,
    generator,
  }: DeepMlpOptions = {}) {
    super();
    requireWhole("DeepMlp: depth", depth, 1);
    const layer = (from: number, to: number): Linear =>
      new Linear({ inFeatures: from, outFeatures: to, init: initializers[kind](), generator });
    this.hidden = Array.from({ length: depth }, (_, l) => layer(l === 0 ? inFeatures : width, width));
    this.dropout = dropout > 0 ? new Dropout({ rate: dropout, generator }) : undefined;
    this.output = layer(width, classes);
  }

  /** h_0 … h_depth. @param x [batch, ...] */
  activations(x: Tensor): Tensor[] {
    const all = [flatten(x, 1)];
    for (const layer of this.hidden) {
      const h = relu(layer.forward(all[all.length - 1]));
      all.push(this.dropout ? this.dropout.forward(h) : h);
    }
    return all;
  }

  /** @param x [batch, ...] with inFeatures values a record @returns logits [batch, classes] */
  forward(x: Tensor): Tensor {
    return this.output.forward(this.activations(x)[this.hidden.length]);
  }
}
