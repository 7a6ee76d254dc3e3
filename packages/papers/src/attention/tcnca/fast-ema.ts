import { type DampedAverage, emaKernel, type MultiDimensionalEma, parameters } from "@paperworks/nn";
import {
  add,
  Buffer,
  DomainError,
  fromArray,
  jit,
  mul,
  sigmoid,
  silu,
  sub,
  type Tensor,
  vjp,
  zeros,
} from "@paperworks/tensor";
import { RowConvolution } from "./row-convolution.ts";

function kernelOf(average: DampedAverage, length: number): Tensor {
  const { input, output, logDecay } = average.coefficients();
  return emaKernel(mul(input, output), logDecay, length);
}

/**
 * A moving average and its derivative in the fastest way with Fourier transforms that is known here: the transforms are pffft's
 * (`RowConvolution`), the filter, its derivative and the activation the engine's. Sequences are rows, as transforms want them, ω is
 * the filter's lag 0, and long results are written where earlier ones were.
 */
export class FastEma {
  /** m of the latest forward pass, [dim, length] */
  readonly output: Buffer;
  readonly #rows: RowConvolution;
  readonly #omega: Float32Array;
  readonly #shape: readonly number[];
  readonly #kernel: () => Promise<Tensor>;
  readonly #activate: (y: Tensor) => Promise<void>;
  readonly #keep: (y: Tensor) => Promise<void>;
  readonly #beforeActivation: (g: Tensor) => Promise<Tensor>;
  readonly #weightGradients: (dKernel: Tensor) => Promise<Tensor[]>;

  private constructor(average: MultiDimensionalEma, rows: RowConvolution, omega: Float32Array) {
    const { length } = rows;
    const shape = [average.dim, length];
    this.#rows = rows;
    this.#omega = omega;
    this.#shape = shape;
    this.output = new Buffer(zeros(shape));
    const gate = new Buffer(zeros(shape));
    this.#kernel = jit(() => kernelOf(average.forwards, length));
    this.#activate = jit((y: Tensor) => this.output.assign(silu(y)));
    this.#keep = jit((y: Tensor) => {
      gate.assign(sigmoid(y));
      this.output.assign(silu(y));
    });
    this.#beforeActivation = jit((g: Tensor) => mul(g, add(gate, mul(this.output, sub(1, gate)))));
    this.#weightGradients = jit((dKernel: Tensor) =>
      vjp([kernelOf(average.forwards, length)], [dKernel], parameters(average.forwards)),
    );
  }

  /** @throws DomainError for an average in both directions, or a length that `RowConvolution` does not take */
  static async create(average: MultiDimensionalEma, length: number): Promise<FastEma> {
    if (average.backwards) throw new DomainError("FastEma: averages of one direction only");
    const omega = (await average.omega.data()) as Float32Array;
    return new FastEma(average, await RowConvolution.create(average.dim, length), omega);
  }

  /** m = silu(κ * x + ω ⊙ x), into `output`. @param x [dim, length] */
  async forward(x: Float32Array): Promise<void> {
    await this.#activate(await this.#smooth(x));
  }

  /** The forward pass of a training: keeps what the backward pass needs of the activation. @param x [dim, length] */
  async forwardKept(x: Float32Array): Promise<void> {
    await this.#keep(await this.#smooth(x));
  }

  /**
   * Of the latest `forwardKept`.
   *
   * @param g [dim, length]
   * @returns dx and dω, and the gradients of α, δ, β and η
   */
  async backward(g: Tensor): Promise<{ dx: Float32Array; omega: Float32Array; weights: Tensor[] }> {
    const { dx, dKernel } = this.#rows.backward((await (await this.#beforeActivation(g)).data()) as Float32Array);
    const omega = Float32Array.from({ length: this.#rows.rows }, (_, row) => dKernel[row * this.#rows.length]);
    return { dx, omega, weights: await this.#weightGradients(fromArray(dKernel, this.#shape)) };
  }

  /** Gives the memory of the transforms back; the object is of no use afterwards. */
  dispose(): void {
    this.#rows.dispose();
  }

  async #smooth(x: Float32Array): Promise<Tensor> {
    const kernel = (await (await this.#kernel()).data()) as Float32Array;
    return fromArray(this.#rows.forward(x, kernel, this.#omega), this.#shape);
  }
}
