import { type Layer, Module, Sequential } from "@paperworks/nn";
import { avgPool, sub, type Tensor } from "@paperworks/tensor";
import { type Convolution, type DepthwiseOptions, depthwise, fused } from "./depthwise.ts";
import type { Mixer } from "./meta-mixer.ts";

/** A depthwise convolution alone: neither query nor activation, and keys without values. */
export class DepthwiseMixer extends Module implements Mixer {
  readonly depthwise: Convolution;

  constructor(options: DepthwiseOptions) {
    super();
    this.depthwise = depthwise({ ...options, norm: true });
  }

  forward(x: Tensor): Tensor {
    return this.depthwise.forward(x);
  }

  fuse(): Layer {
    return new Sequential([fused(this.depthwise)]);
  }
}

/** The mean of the 3 × 3 places around each one, zeros beyond the border, minus the place itself (PoolFormer; Yu et al., 2022). */
export class PoolMixer extends Module implements Mixer {
  forward(x: Tensor): Tensor {
    return sub(avgPool(x, { kernel: 3, stride: 1, padding: 1 }), x);
  }

  fuse(): Layer {
    return this;
  }
}
