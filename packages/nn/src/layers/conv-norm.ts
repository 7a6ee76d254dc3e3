import type { Tensor } from "@paperworks/tensor";
import { Module } from "../module.ts";
import { BatchNorm } from "./batch-norm.ts";
import { Conv, type ConvLayerOptions } from "./conv.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";

/** A convolution without bias and a batch norm. */
export class ConvNorm extends Module {
  readonly conv: Conv;
  readonly norm: BatchNorm;

  constructor(options: Omit<ConvLayerOptions, "bias" | "biasInit">) {
    super();
    this.conv = new Conv({ ...options, bias: false });
    this.norm = new BatchNorm({ channels: options.outChannels });
  }

  /** @param x [N, inChannels, ...spatial] @returns [N, outChannels, ...positions] */
  forward(x: Tensor): Tensor {
    return this.norm.forward(this.conv.forward(x));
  }

  /** What it is in evaluation, as one convolution. */
  fuse(): Conv {
    return foldBatchNorm(this.conv, this.norm);
  }
}
