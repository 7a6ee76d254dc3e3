import { init, initialParameter, Module } from "@paperworks/nn";
import { add, gelu, mean, mul, type Parameter, reshape, sigmoid, type Tensor } from "@paperworks/tensor";
import { hyperZzwElementwise } from "./hyper-global.ts";
import { pointwise } from "./hyper-local.ts";
import { SlowNetwork } from "./slow-network.ts";
import { instanceStandardize } from "./standardize.ts";

export interface SlowSize {
  hidden?: number;
  layers?: number;
  omega?: number;
}

const spaceOf = (x: Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);
/** GAP. @returns [batch, channels] */
const average = (x: Tensor): Tensor => mean(x, spaceOf(x));
/** [batch, channels] → [batch, channels, 1, …] */
const overSpace = (a: Tensor, like: Tensor): Tensor => reshape(a, [...a.shape, ...spaceOf(like).map(() => 1)]);

/**
 * The recursive gated unit, a gate whose gate is gated, in 1×1 convolutions:
 *
 *   k = W_K x,   v = W_V x,   q = GELU(IS(k ⊙ W_Q v)) + bias of each place,   y = W_Y q
 */
export class RecursiveGatedUnit extends Module {
  readonly key: ReturnType<typeof pointwise>;
  readonly value: ReturnType<typeof pointwise>;
  readonly query: ReturnType<typeof pointwise>;
  readonly output: ReturnType<typeof pointwise>;
  /** [1, 1, ...space] */
  readonly placeBias: Parameter;

  constructor({ channels, space }: { channels: number; space: readonly number[] }) {
    super();
    const map = (): ReturnType<typeof pointwise> => pointwise(channels, channels, space.length);
    this.key = map();
    this.value = map();
    this.query = map();
    this.output = map();
    this.placeBias = initialParameter([1, 1, ...space], init.zeros());
  }

  /** @param x [batch, channels, ...space] */
  forward(x: Tensor): Tensor {
    const gated = mul(this.key.forward(x), this.query.forward(this.value.forward(x)));
    return this.output.forward(add(gelu(instanceStandardize(gated)), this.placeBias));
  }
}

/** Hyper-channel interaction: x ⊙ σ(K_c ⊙ a ⊙ a) with the channels' means a, K_c painted over the channels. */
export class HyperChannelInteraction extends Module {
  readonly slow: SlowNetwork;

  constructor({ channels, ...size }: { channels: number } & SlowSize) {
    super();
    this.slow = new SlowNetwork({ ...size, grid: [channels], out: 1 });
  }

  /** @param x [batch, channels, ...space] */
  forward(x: Tensor): Tensor {
    return gateOfChannels(this.slow.forward(), x);
  }
}

/** x ⊙ σ(K_c ⊙ a ⊙ a). @param kernel [1, channels] */
export const gateOfChannels = (kernel: Tensor, x: Tensor): Tensor =>
  mul(x, overSpace(sigmoid(hyperZzwElementwise(kernel, average(x))), x));

/**
 * Hyper interaction from y to x: x ⊙ σ(S), S = (K_s ⊙ ȳ ⊙ ȳ)·(K_c ⊙ a ⊙ a), with ȳ the mean of y over its channels, a the means of x over
 * space, K_s painted over space and K_c over channels.
 */
export class HyperInteraction extends Module {
  readonly overSpace: SlowNetwork;
  readonly overChannels: SlowNetwork;

  constructor({ channels, space, ...size }: { channels: number; space: readonly number[] } & SlowSize) {
    super();
    this.overSpace = new SlowNetwork({ ...size, grid: space, out: 1 });
    this.overChannels = new SlowNetwork({ ...size, grid: [channels], out: 1 });
  }

  /** @param y, x [batch, channels, ...space] */
  forward(y: Tensor, x: Tensor): Tensor {
    return gateByBoth(this.overSpace.forward(), this.overChannels.forward(), y, x);
  }
}

/** @param spaceKernel [1, ...space] @param channelKernel [1, channels] */
export function gateByBoth(spaceKernel: Tensor, channelKernel: Tensor, y: Tensor, x: Tensor): Tensor {
  const ofSpace = hyperZzwElementwise(spaceKernel, mean(y, 1, { keepDims: true }));
  const ofChannels = overSpace(hyperZzwElementwise(channelKernel, average(x)), x);
  return mul(x, sigmoid(mul(ofSpace, ofChannels)));
}
