import { init, Linear, Module } from "@paperworks/nn";
import { fromArray, logSigmoid, mul, type Tensor, unsqueeze, zeros } from "@paperworks/tensor";

/** The forget gates of all heads, computed from the tokens or fixed. */
export interface ForgetGate extends Module {
  /**
   * @param x [..., dim]
   * @returns log α ≤ 0, [..., heads, d_k], or an axis of length 1 where all dimensions or tokens share it
   */
  logAlpha(x: Tensor): Tensor;
}

export interface GateOptions {
  dim: number;
  heads: number;
  /** d_k */
  keyWidth: number;
  /** τ: α = σ(…)^{1/τ}; the larger, the longer the memory. */
  temperature?: number;
}

/** A gate for each dimension of the keys, through a low rank: log α = logσ(x W¹ W² + b)/τ. */
export class VectorGate extends Module implements ForgetGate {
  readonly heads: number;
  readonly temperature: number;
  readonly down: Linear;
  readonly up: Linear;

  constructor({ dim, heads, keyWidth, temperature = 16, rank = 16 }: GateOptions & { rank?: number }) {
    super();
    this.heads = heads;
    this.temperature = temperature;
    this.down = new Linear({ inFeatures: dim, outFeatures: rank, bias: false, init: projectionInit() });
    this.up = new Linear({ inFeatures: rank, outFeatures: heads * keyWidth, init: projectionInit() });
  }

  logAlpha(x: Tensor): Tensor {
    const gates = mul(logSigmoid(this.up.forward(this.down.forward(x))), 1 / this.temperature);
    return gates.reshape([...x.shape.slice(0, -1), this.heads, gates.shape[gates.rank - 1] / this.heads]);
  }
}

/** One gate a head: log α = logσ(x w_h + b_h)/τ. */
export class ScalarGate extends Module implements ForgetGate {
  readonly temperature: number;
  readonly projection: Linear;

  constructor({ dim, heads, temperature = 16 }: GateOptions) {
    super();
    this.temperature = temperature;
    this.projection = new Linear({ inFeatures: dim, outFeatures: heads, init: projectionInit() });
  }

  logAlpha(x: Tensor): Tensor {
    return unsqueeze(mul(logSigmoid(this.projection.forward(x)), 1 / this.temperature), -1);
  }
}

/** RetNet's fixed decay, α_h = 1 − 2^{−5−h}, without its rotary positions (Sun et al., 2023). */
export class FixedDecay extends Module implements ForgetGate {
  readonly heads: number;

  constructor({ heads }: GateOptions) {
    super();
    this.heads = heads;
  }

  logAlpha({ rank, dtype }: Tensor): Tensor {
    const decays = Float32Array.from({ length: this.heads }, (_, head) => Math.log1p(-(2 ** (-5 - head))));
    return fromArray(decays, [...new Array(rank - 1).fill(1), this.heads, 1]).cast(dtype);
  }
}

/** No forgetting, α = 1: plain linear attention (Katharopoulos et al., 2020). */
export class NoGate extends Module implements ForgetGate {
  logAlpha({ rank, dtype }: Tensor): Tensor {
    return zeros(new Array(rank + 1).fill(1), dtype);
  }
}

/** Xavier uniform with gain 2^{−2.5}, of all projections of the layer. */
export const projectionInit = () => init.glorotUniform({ gain: 2 ** -2.5 });
