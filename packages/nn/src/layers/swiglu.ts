import { mul, silu, type Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";
import { Linear } from "./linear.ts";

export interface SwiGluOptions {
  dim: number;
  /** 8·dim/3, rounded, when absent: as many parameters as a feed-forward part of 4·dim. */
  hidden?: number;
  bias?: boolean;
}

/** The gated feed-forward part: y = (swish(x W₁) ⊙ x W₂) W₃ at each position (Shazeer, 2020). */
export class SwiGlu extends Module {
  readonly gate: Linear;
  readonly expand: Linear;
  readonly contract: Linear;

  constructor({ dim, hidden = Math.round((8 * dim) / 3), bias = false }: SwiGluOptions) {
    super();
    this.gate = new Linear({ inFeatures: dim, outFeatures: hidden, bias });
    this.expand = new Linear({ inFeatures: dim, outFeatures: hidden, bias });
    this.contract = new Linear({ inFeatures: hidden, outFeatures: dim, bias });
  }

  /** @param x [..., dim] @returns [..., dim] */
  forward(x: Tensor): Tensor {
    return this.contract.forward(mul(silu(this.gate.forward(x)), this.expand.forward(x)));
  }
}
