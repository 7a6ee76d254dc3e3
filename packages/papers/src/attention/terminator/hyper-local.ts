import { Conv, init, initialParameter, Linear, Module } from "@paperworks/nn";
import {
  add,
  Buffer,
  conv,
  DomainError,
  fromArray,
  gelu,
  matmul,
  mean,
  mul,
  type Parameter,
  permute,
  reshape,
  rsqrt,
  square,
  stopGradient,
  sum,
  type Tensor,
  transpose,
  zeros,
} from "@paperworks/tensor";
import { SlowNetwork } from "./slow-network.ts";
import { BatchStandardize } from "./standardize.ts";

export interface LocalOptions {
  channels: number;
  /** k, odd. */
  kernel: number;
  /** Lengths of the map: [height, width] or [length]. */
  space: readonly number[];
  hidden?: number;
  layers?: number;
  omega?: number;
  /** Whether the kernel depends on the input; true when absent. */
  modulated?: boolean;
}

/** The size of a kernel. */
const kernelNorm = 1.4;
const momentum = 0.1;

/**
 * HyperZ·Z·W in a window: a slow network paints a k×k kernel a channel, modulated by what the maps hold on average,
 *
 *   x̄ = GELU(linear(mean over the batch of 1×1(pool_{k×k} Z)))          [k·k, hidden]
 *   h ← s(h),  h ← h ⊙ (M_i x̄ + 1),   s(h) = α·stopGradient(h) + β·h/‖h‖        behind every layer
 *   K ← 1.4 K/‖K‖ a channel,   Y = GELU(BS(1×1(K ∗ Z + bias)))
 *
 * In evaluation the mean over the batch is a running one, so that no example sees the others. Stopping the gradient in s is part of the
 * method: what passes is the normalised share.
 *
 * Source: "HyperZ·Z·W Operator Connects Slow-Fast Networks for Full Context Interaction", section 3. The kernels' fixed norm and the
 * running mean are ours.
 */
export class HyperZzwLocal extends Module {
  readonly kernel: number;
  readonly slow: SlowNetwork;
  /** α and β of each layer, [hidden]. */
  readonly alphas: readonly Parameter[];
  readonly betas: readonly Parameter[];
  /** M_i, with biases of 1. */
  readonly modulators: readonly Linear[];
  readonly compress?: Conv;
  readonly context?: Linear;
  /** The running mean of the pooled maps, [k·k, hidden]. */
  readonly runningContext?: Buffer;
  /** Of all channels, []. */
  readonly bias: Parameter;
  readonly mixer: Conv;
  readonly norm: BatchStandardize;
  readonly #pools: readonly Tensor[];

  /** @throws DomainError for an even kernel, which has no middle */
  constructor({ channels, kernel, space, hidden = 16, layers = 2, omega = 1, modulated = true }: LocalOptions) {
    super();
    if (!Number.isInteger(kernel) || kernel < 1 || kernel % 2 === 0)
      throw new DomainError(`HyperZzwLocal: a kernel has an odd length, got ${kernel}`);
    this.kernel = kernel;
    this.slow = new SlowNetwork({ grid: space.map(() => kernel), out: channels, hidden, layers, omega });
    const each = <T>(make: () => T): T[] => (modulated ? Array.from({ length: layers }, make) : []);
    this.alphas = each(() => initialParameter([hidden], init.ones()));
    this.betas = each(() => initialParameter([hidden], init.constant(0.1)));
    this.modulators = each(() => new Linear({ inFeatures: hidden, outFeatures: hidden, biasInit: init.ones() }));
    if (modulated) {
      this.compress = pointwise(channels, hidden, space.length);
      this.context = new Linear({ inFeatures: hidden, outFeatures: hidden });
      this.runningContext = new Buffer(zeros([this.slow.points, hidden]));
    }
    this.bias = initialParameter([1], init.zeros());
    this.mixer = pointwise(channels, channels, space.length);
    this.norm = new BatchStandardize(channels);
    this.#pools = space.map((length) => poolingMatrix(length, kernel));
  }

  /** @param z [batch, channels, ...space] */
  forward(z: Tensor): Tensor {
    const channels = z.shape[1];
    const axes = z.rank - 2;
    const weight = reshape(this.kernelFor(z), [channels, 1, ...new Array(axes).fill(this.kernel)]);
    const convolved = add(conv(z, weight, { groups: channels, padding: (this.kernel - 1) / 2 }), this.bias);
    return gelu(this.norm.forward(this.mixer.forward(convolved)));
  }

  /** K with its norm of 1.4 a channel, [channels, ...kernel]. @param z the maps that modulate it */
  kernelFor(z: Tensor): Tensor {
    const painted = this.slow.forward(this.#modulation(z));
    const axes = painted.shape.slice(1).map((_, i) => i + 1);
    const scale = rsqrt(add(sum(square(painted), axes, { keepDims: true }), 1e-12));
    return mul(painted, mul(scale, kernelNorm));
  }

  #modulation(z: Tensor): ((features: Tensor, layer: number) => Tensor) | undefined {
    if (!this.compress || !this.context || !this.runningContext) return undefined;
    let pooled = this.runningContext as Tensor;
    if (this.training) {
      pooled = this.#pool(z);
      const moved = add(mul(this.runningContext, 1 - momentum), mul(stopGradient(pooled), momentum));
      this.runningContext.assign(moved);
    }
    const context = gelu(this.context.forward(pooled));
    return (features, layer) => {
      const passing = mul(
        mul(features, rsqrt(add(sum(square(features), 1, { keepDims: true }), 1e-12))),
        this.betas[layer],
      );
      const renewed = add(mul(stopGradient(features), this.alphas[layer]), passing);
      return mul(renewed, this.modulators[layer].forward(context));
    };
  }

  /** The maps averaged over the windows of a k×k grid, in hidden channels, and over the batch. @returns [k·k, hidden] */
  #pool(z: Tensor): Tensor {
    const averaged =
      this.#pools.length === 1
        ? matmul(z, this.#pools[0])
        : matmul(matmul(transpose(this.#pools[0]), z), this.#pools[1]);
    const compressed = mean((this.compress as Conv).forward(averaged), 0);
    return permute(reshape(compressed, [this.slow.hidden, this.slow.points]), [1, 0]);
  }
}

/** A 1×1 convolution over one or two axes. */
export const pointwise = (inChannels: number, outChannels: number, axes: number): Conv =>
  new Conv({ inChannels, outChannels, kernel: new Array(axes).fill(1) });

/** Averages `length` places into `parts` windows that cover them, which may share a place. @returns [length, parts] */
function poolingMatrix(length: number, parts: number): Tensor {
  const values = new Float32Array(length * parts);
  for (let part = 0; part < parts; part++) {
    const [start, end] = [Math.floor((part * length) / parts), Math.ceil(((part + 1) * length) / parts)];
    for (let place = start; place < end; place++) values[place * parts + part] = 1 / (end - start);
  }
  return fromArray(values, [length, parts]);
}
