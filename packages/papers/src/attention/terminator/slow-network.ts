import { init, initialParameter, Linear, Module } from "@paperworks/nn";
import {
  add,
  DomainError,
  fromArray,
  type Generator,
  mul,
  type Parameter,
  permute,
  requireWhole,
  reshape,
  sin,
  type Tensor,
} from "@paperworks/tensor";
import { gammaSamples } from "./gamma-samples.ts";

export interface SlowNetworkOptions {
  /** Points along each axis of the kernel: [height, width] or [taps]. */
  grid: readonly number[];
  /** Kernels, such as one a channel. */
  out: number;
  /** 16 when absent. */
  hidden?: number;
  /** Filters g; 2 when absent. */
  layers?: number;
  /** ω₀: the larger, the rougher the kernels; 1 when absent. */
  omega?: number;
}

/** What acts on the features of layer i, [points, hidden]. */
export type Modulation = (features: Tensor, layer: number) => Tensor;

/**
 * The slow network: a multiplicative sine network that paints kernels as large as one likes, from few parameters. At a point c of a grid
 * over [−1, 1]^dim
 *
 *   g_i(c) = sin(A_i c + b_i),   h₁ = g₀(c),   h_{i+1} = g_i(c) ⊙ (L_i h_i + l_i) + p,   K = O h + o
 *
 * p is one learned number a point, shared by all features.
 *
 * Source: "HyperZ·Z·W Operator Connects Slow-Fast Networks for Full Context Interaction", section 3; multiplicative filter networks:
 * Fathony et al. (2021).
 */
export class SlowNetwork extends Module {
  readonly grid: readonly number[];
  readonly out: number;
  readonly hidden: number;
  /** A_i, b_i */
  readonly filters: readonly Linear[];
  /** L_i, l_i */
  readonly mixers: readonly Linear[];
  /** p, [points, 1] */
  readonly pointBias: Parameter;
  /** O, o */
  readonly output: Linear;
  /** [points, dim] */
  readonly #points: Tensor;

  constructor({ grid, out, hidden = 16, layers = 2, omega = 1 }: SlowNetworkOptions) {
    super();
    for (const length of grid) requireWhole("SlowNetwork: points along an axis", length, 1);
    requireWhole("SlowNetwork: axes", grid.length, 1);
    requireWhole("SlowNetwork: out", out, 1);
    requireWhole("SlowNetwork: hidden", hidden, 1);
    requireWhole("SlowNetwork: layers", layers, 1);
    if (!(omega > 0)) throw new DomainError(`SlowNetwork: omega must be above 0, got ${omega}`);
    const points = grid.reduce((n, length) => n * length, 1);
    this.grid = grid;
    this.out = out;
    this.hidden = hidden;
    this.filters = Array.from(
      { length: layers },
      (_, i) => new Linear({ inFeatures: grid.length, outFeatures: hidden, init: filterInit(omega, 6 / (i + 1)) }),
    );
    this.mixers = Array.from(
      { length: layers - 1 },
      () =>
        new Linear({
          inFeatures: hidden,
          outFeatures: hidden,
          init: init.heUniform({ gain: 1 }),
          biasInit: init.ones(),
        }),
    );
    this.pointBias = initialParameter([points, 1], init.zeros());
    this.output = new Linear({
      inFeatures: hidden,
      outFeatures: out,
      init: init.heUniform({ gain: 1 / Math.sqrt(points) }),
    });
    this.#points = gridPoints(grid);
  }

  get points(): number {
    return this.pointBias.size;
  }

  /** @returns K, [out, ...grid] */
  forward(modulate: Modulation = (features) => features): Tensor {
    let features = modulate(sin(this.filters[0].forward(this.#points)), 0);
    for (const [i, mixer] of this.mixers.entries()) {
      const filter = sin(this.filters[i + 1].forward(this.#points));
      features = modulate(add(mul(filter, mixer.forward(features)), this.pointBias), i + 1);
    }
    return reshape(permute(this.output.forward(features), [1, 0]), [this.out, ...this.grid]);
  }
}

/** U(±1/√dim)·2πω₀·γ with γ from Gamma(shape, 1) for each filter. */
const filterInit =
  (omega: number, shape: number): init.Initializer =>
  ([dim, hidden], { generator }) => {
    const uniform = generator.hostUniform(dim * hidden);
    const scales = gammaSamples(generator as Generator, shape, hidden);
    return uniform.map((u, i) => ((2 * u - 1) / Math.sqrt(dim)) * 2 * Math.PI * omega * scales[i % hidden]);
  };

/** The points of a grid over [−1, 1]^dim, the last axis varying fastest; a single point lies at 0. @returns [points, dim] */
function gridPoints(grid: readonly number[]): Tensor {
  const count = grid.reduce((n, length) => n * length, 1);
  const values = new Float32Array(count * grid.length);
  for (let point = 0; point < count; point++) {
    let rest = point;
    for (let axis = grid.length - 1; axis >= 0; axis--) {
      const place = rest % grid[axis];
      rest = Math.floor(rest / grid[axis]);
      values[point * grid.length + axis] = grid[axis] === 1 ? 0 : (2 * place) / (grid[axis] - 1) - 1;
    }
  }
  return fromArray(values, [count, grid.length]);
}
