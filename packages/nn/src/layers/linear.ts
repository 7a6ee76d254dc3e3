import { add, type Generator, matmul, type Parameter, requireWhole, ShapeError, type Tensor } from "@paperworks/tensor";
import { glorotUniform, type Initializer, initialParameter, zeros } from "../init.ts";
import { Module } from "../module.ts";

export interface LinearOptions {
  inFeatures: number;
  outFeatures: number;
  bias?: boolean;
  /** Of the weight; Glorot uniform when absent. */
  init?: Initializer;
  /** Of the bias; zeros when absent. */
  biasInit?: Initializer;
  generator?: Generator;
}

/**
 * y = x W + b.
 *
 * The weight is [in, out], so that the product needs no transpose; PyTorch keeps [out, in] (`pyTorchLayout` turns it round).
 */
export class Linear extends Module {
  /** [inFeatures, outFeatures] */
  readonly weight: Parameter;
  /** [outFeatures] */
  readonly bias?: Parameter;

  constructor({
    inFeatures,
    outFeatures,
    bias = true,
    init = glorotUniform(),
    biasInit = zeros(),
    generator,
  }: LinearOptions) {
    super();
    requireWhole("Linear: inFeatures", inFeatures, 1);
    requireWhole("Linear: outFeatures", outFeatures, 1);
    const context = { fanIn: inFeatures, fanOut: outFeatures, generator };
    this.weight = initialParameter([inFeatures, outFeatures], init, context);
    if (bias) this.bias = initialParameter([outFeatures], biasInit, context);
  }

  override get transposedInPyTorch(): readonly string[] {
    return ["weight"];
  }

  /** @param x [..., inFeatures] @returns [..., outFeatures] */
  forward(x: Tensor): Tensor {
    const [inFeatures] = this.weight.shape;
    if (x.shape.at(-1) !== inFeatures)
      throw new ShapeError(
        `Linear${this.weight.label && ` ${this.weight.label}`}: the last axis of [${x.shape.join(", ")}] must have ${inFeatures} features`,
      );
    const y = matmul(x, this.weight);
    return this.bias ? add(y, this.bias) : y;
  }
}
