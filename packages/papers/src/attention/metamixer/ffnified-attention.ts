import { type Activation, ConvNorm, type Layer, Module, Sequential } from "@paperworks/nn";
import { gelu, requireWhole, reshape, ShapeError, softmax, type Tensor } from "@paperworks/tensor";
import { type Convolution, type DepthwiseOptions, defaultInit, depthwise, fused } from "./depthwise.ts";
import { type MetaMixer, type Mixer, metaMixer } from "./meta-mixer.ts";

export interface FfnifiedAttentionOptions extends Omit<DepthwiseOptions, "kernel" | "norm"> {
  /** Length of keys and values along every axis, odd; 7 when absent. */
  kernel?: number;
  /** From similarities to coefficients; GELU when absent. */
  activation?: Activation;
  /** Whether the query is a projection, and not the input itself; true when absent. */
  query?: boolean;
  /** Whether coefficients meet values, and are not the output themselves; true when absent. */
  value?: boolean;
}

/**
 * Self-attention in the style of a feed-forward network. The places of each channel are mixed by
 *
 *   y = DW_v( GELU( DW_k( BN(x W_q) ) ) )
 *
 * DW_k compares the query around every place with a static key, k × k weights a channel; the coefficient map keeps the resolution;
 * DW_v adds up static value patterns around every place with the coefficients. Convolutions and GELU are all it takes, and work is
 * linear in the places. Without query or value, and with another activation, it is an ablation of itself.
 *
 * Source: "MetaMixer Is All You Need", FFNified attention.
 */
export class FfnifiedAttention extends Module implements MetaMixer, Mixer {
  /** W_q and its norm. */
  readonly projection?: ConvNorm;
  /** DW_k */
  readonly keys: Convolution;
  readonly activation: Activation;
  /** DW_v */
  readonly values?: Convolution;

  /** @throws DomainError for an even kernel, which has no centre */
  constructor(options: FfnifiedAttentionOptions) {
    super();
    const { channels, kernel = 7, activation = gelu, dims = 2, query = true, value = true } = options;
    const { init = defaultInit, generator } = options;
    requireWhole("FfnifiedAttention: channels", channels, 1);
    if (query) {
      const pointwise = { inChannels: channels, outChannels: channels, kernel: new Array(dims).fill(1) };
      this.projection = new ConvNorm({ ...pointwise, init, generator });
    }
    const pattern = { channels, kernel, dims, init, generator };
    this.keys = depthwise(pattern);
    this.activation = activation;
    if (value) this.values = depthwise(pattern);
  }

  query(x: Tensor): Tensor {
    return this.projection ? this.projection.forward(x) : x;
  }

  key(query: Tensor): Tensor {
    return this.keys.forward(query);
  }

  value(coefficients: Tensor): Tensor {
    return this.values ? this.values.forward(coefficients) : coefficients;
  }

  /** @param x [N, channels, ...spatial] @returns the same shape */
  forward(x: Tensor): Tensor {
    return metaMixer(this)(x);
  }

  fuse(): Layer {
    const projection = this.projection ? [this.projection.fuse()] : [];
    const values = this.values ? [fused(this.values)] : [];
    return new Sequential([...projection, fused(this.keys), this.activation, ...values]);
  }
}

/**
 * Softmax of each channel over all places of its map: what attention has in GELU's place.
 *
 * @param x [N, channels, ...spatial]
 * @throws ShapeError for a map without places
 */
export function spatialSoftmax(x: Tensor): Tensor {
  const [batch, channels, ...spatial] = x.shape;
  const places = spatial.reduce((a, b) => a * b, 1);
  if (spatial.length === 0 || places === 0)
    throw new ShapeError(`softmax over a map without places: [${x.shape.join(", ")}]`);
  return reshape(softmax(reshape(x, [batch, channels, places])), x.shape);
}
