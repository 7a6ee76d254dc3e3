import { add, DomainError, type Generator, pad, requireWhole, type Tensor } from "@paperworks/tensor";
import type { Initializer } from "../init.ts";
import { Module } from "../module.ts";
import type { Conv } from "./conv.ts";
import { ConvNorm } from "./conv-norm.ts";
import { convolutionOf } from "./fold-batch-norm.ts";

/** Throws a DomainError unless a kernel has a centre: an odd length of at least `least`. */
export function requireOddKernel(name: string, kernel: number, least = 1): void {
  if (!Number.isInteger(kernel) || kernel < least || kernel % 2 === 0)
    throw new DomainError(`${name}: a kernel needs a centre, so an odd length of at least ${least}, got ${kernel}`);
}

export interface RepDepthwiseConvOptions {
  inChannels: number;
  /** A multiple of the inputs: each feeds outChannels/inChannels outputs that follow each other. The same number when absent. */
  outChannels?: number;
  /** Length of the large kernel along every spatial axis, odd. */
  kernel: number;
  /** Length of the small one, odd; 3 when absent. */
  small?: number;
  stride?: number;
  /** Spatial axes; 2 when absent. */
  dims?: 1 | 2;
  init?: Initializer;
  generator?: Generator;
}

/**
 * A depthwise convolution that trains as two and runs as one (structural re-parametrisation; Ding et al., 2021): a large and a small
 * kernel see the same input, each is followed by a batch norm, and the two are added. All of that is linear in evaluation, so that
 * `fuse` puts it into one large kernel: both norms folded, the small kernel surrounded by zeros.
 */
export class RepDepthwiseConv extends Module {
  readonly large: ConvNorm;
  readonly small: ConvNorm;

  constructor({
    inChannels,
    outChannels = inChannels,
    kernel,
    small = 3,
    stride = 1,
    dims = 2,
    init,
    generator,
  }: RepDepthwiseConvOptions) {
    super();
    requireWhole("RepDepthwiseConv: inChannels", inChannels, 1);
    requireOddKernel("RepDepthwiseConv: small", small);
    requireOddKernel("RepDepthwiseConv: kernel", kernel, small);
    const branch = (length: number): ConvNorm =>
      new ConvNorm({
        inChannels,
        outChannels,
        kernel: new Array(dims).fill(length),
        stride,
        padding: (length - 1) / 2,
        groups: inChannels,
        init,
        generator,
      });
    this.large = branch(kernel);
    this.small = branch(small);
  }

  /** @param x [N, inChannels, ...spatial] @returns [N, outChannels, ...⌈spatial/stride⌉] */
  forward(x: Tensor): Tensor {
    return add(this.large.forward(x), this.small.forward(x));
  }

  /** What it is in evaluation, as one depthwise convolution with bias. */
  fuse(): Conv {
    const [large, small] = [this.large.fuse(), this.small.fuse()];
    const [, , ...lengths] = large.weight.shape;
    const around = lengths.map((length, i) => {
      const zeros = (length - small.weight.shape[i + 2]) / 2;
      return { axis: i + 2, before: zeros, after: zeros };
    });
    const [first, second] = [large.bias as Tensor, small.bias as Tensor];
    return convolutionOf(large, add(large.weight, pad(small.weight, around)), add(first, second));
  }
}
