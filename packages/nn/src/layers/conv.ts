import {
  add,
  type ConvOptions,
  conv,
  DomainError,
  type Generator,
  type Parameter,
  requireWhole,
  reshape,
  type Tensor,
} from "@paperworks/tensor";
import { heUniform, type Initializer, initialParameter, zeros } from "../init.ts";
import { Module } from "../module.ts";

export interface ConvLayerOptions extends ConvOptions {
  inChannels: number;
  outChannels: number;
  /** One length a spatial axis: `[3, 3]` is a 3×3 kernel over images, `[5]` one over sequences. */
  kernel: readonly number[];
  bias?: boolean;
  /** Of the weight; He uniform when absent. */
  init?: Initializer;
  biasInit?: Initializer;
  generator?: Generator;
}

/** A convolution over one, two or three spatial axes, by the length of `kernel`. */
export class Conv extends Module {
  /** [outChannels, inChannels/groups, ...kernel] */
  readonly weight: Parameter;
  /** [outChannels] */
  readonly bias?: Parameter;
  readonly options: ConvOptions;

  constructor(options: ConvLayerOptions) {
    super();
    const { inChannels, outChannels, kernel, bias = true, init = heUniform(), biasInit = zeros(), generator } = options;
    const { stride, padding, dilation, groups = 1 } = options;
    requireWhole("Conv: inChannels", inChannels, 1);
    requireWhole("Conv: outChannels", outChannels, 1);
    requireWhole("Conv: groups", groups, 1);
    if (kernel.length < 1 || kernel.length > 3 || kernel.some((k) => !Number.isInteger(k) || k < 1))
      throw new DomainError(
        `Conv: the kernel has one to three whole lengths of at least 1, got [${kernel.join(", ")}]`,
      );
    if (inChannels % groups !== 0 || outChannels % groups !== 0)
      throw new DomainError(`Conv: ${inChannels} → ${outChannels} channels do not divide into ${groups} groups`);
    const window = kernel.reduce((n, k) => n * k, 1);
    const context = { fanIn: (inChannels / groups) * window, fanOut: (outChannels / groups) * window, generator };
    this.weight = initialParameter([outChannels, inChannels / groups, ...kernel], init, context);
    if (bias) this.bias = initialParameter([outChannels], biasInit, context);
    this.options = { stride, padding, dilation, groups };
  }

  /** @param x [N, inChannels, ...spatial] @returns [N, outChannels, ...positions] */
  forward(x: Tensor): Tensor {
    const y = conv(x, this.weight, this.options);
    if (!this.bias) return y;
    return add(y, reshape(this.bias, [1, this.bias.size, ...y.shape.slice(2).map(() => 1)]));
  }
}
