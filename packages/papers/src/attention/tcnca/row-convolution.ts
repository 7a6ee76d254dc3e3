import { DomainError } from "@paperworks/tensor";

type Pffft = Awaited<ReturnType<typeof import("@echogarden/pffft-wasm/simd").default>>;

const real = 0;
const [toFrequencies, toValues] = [0, 1];

let loaded: Promise<Pffft> | undefined;
const load = (): Promise<Pffft> => {
  loaded ??= import("@echogarden/pffft-wasm/simd").then(({ default: start }) => start());
  return loaded;
};

/**
 * The causal convolution of rows with filters of their own, y_t = Σ_{l ≤ t} κ_l x_{t−l}, and its derivative, by the fastest Fourier
 * transforms that run wherever JavaScript does: pffft, in WebAssembly with SIMD. The frequencies of rows and filters are kept for
 * the backward pass, which then takes three transforms a row, as the forward pass does:
 *
 *   dx = (κ ⋆ g), dκ = (x ⋆ g), both as convolutions with g reversed
 *
 * Arrays are its own and are written again by the next call.
 */
export class RowConvolution {
  readonly rows: number;
  readonly length: number;
  readonly #library: Pffft;
  readonly #setup: number;
  /** Places of the circle: twice the length, so that no end reaches into a beginning. */
  readonly #circle: number;
  readonly #work: number;
  readonly #values: number;
  readonly #sum: number;
  readonly #spectra: { x: number; kernel: number };
  readonly #outputs: Record<"y" | "dx" | "dKernel", Float32Array>;

  private constructor(library: Pffft, rows: number, length: number) {
    this.rows = rows;
    this.length = length;
    this.#library = library;
    this.#circle = 2 * length;
    this.#setup = library._pffft_new_setup(this.#circle, real);
    const block = (circles: number): number => library._pffft_aligned_malloc(4 * circles * this.#circle);
    this.#work = block(1);
    this.#values = block(1);
    this.#sum = block(1);
    this.#spectra = { x: block(rows), kernel: block(rows) };
    const output = (): Float32Array => new Float32Array(rows * length);
    this.#outputs = { y: output(), dx: output(), dKernel: output() };
  }

  /** @throws DomainError unless rows is at least 1 and length a power of two of at least 16 */
  static async create(rows: number, length: number): Promise<RowConvolution> {
    if (!Number.isInteger(rows) || rows < 1) throw new DomainError(`RowConvolution: at least 1 row, got ${rows}`);
    if (!Number.isInteger(Math.log2(length)) || length < 16)
      throw new DomainError(`RowConvolution: a length that is a power of two and at least 16, got ${length}`);
    return new RowConvolution(await load(), rows, length);
  }

  /**
   * @param x      [rows, length]
   * @param kernel κ [rows, length]
   * @param skip   added to κ_0 [rows]; nothing when absent
   * @returns      y [rows, length]
   */
  forward(x: Float32Array, kernel: Float32Array, skip?: Float32Array): Float32Array {
    const { y } = this.#outputs;
    for (let row = 0; row < this.rows; row++) {
      const spectra = this.#spectraOf(row);
      this.#transform(x, row, spectra.x);
      this.#transform(kernel, row, spectra.kernel, { first: skip?.[row] });
      this.#multiply(spectra.x, spectra.kernel).set(y, row);
    }
    return y;
  }

  /** Of the latest forward pass. @param g [rows, length] @returns dx and dκ, [rows, length] each */
  backward(g: Float32Array): { dx: Float32Array; dKernel: Float32Array } {
    const { dx, dKernel } = this.#outputs;
    const reversed = this.#library._pffft_aligned_malloc(4 * this.#circle);
    for (let row = 0; row < this.rows; row++) {
      const spectra = this.#spectraOf(row);
      this.#transform(g, row, reversed, { reverse: true });
      this.#multiply(reversed, spectra.kernel).set(dx, row, true);
      this.#multiply(reversed, spectra.x).set(dKernel, row, true);
    }
    this.#library._pffft_aligned_free(reversed);
    return { dx, dKernel };
  }

  /** Gives the memory of the transforms back; the object is of no use afterwards. */
  dispose(): void {
    this.#library._pffft_destroy_setup(this.#setup);
    for (const pointer of [this.#work, this.#values, this.#sum, this.#spectra.x, this.#spectra.kernel])
      this.#library._pffft_aligned_free(pointer);
  }

  #spectraOf(row: number) {
    const offset = 4 * row * this.#circle;
    return { x: this.#spectra.x + offset, kernel: this.#spectra.kernel + offset };
  }

  #at(pointer: number, length: number): Float32Array {
    return this.#library.HEAPF32.subarray(pointer / 4, pointer / 4 + length);
  }

  /** The frequencies of a row with zeros behind it. @param first added to its first value */
  #transform(rows: Float32Array, row: number, to: number, { reverse = false, first = 0 } = {}): void {
    const values = this.#at(this.#values, this.#circle);
    values.set(rows.subarray(row * this.length, (row + 1) * this.length));
    if (reverse) values.subarray(0, this.length).reverse();
    values[0] += first;
    values.fill(0, this.length);
    this.#library._pffft_transform(this.#setup, this.#values, to, this.#work, toFrequencies);
  }

  /** The convolution of two rows from their frequencies, to be written into a row of an output. */
  #multiply(a: number, b: number) {
    this.#at(this.#sum, this.#circle).fill(0);
    this.#library._pffft_zconvolve_accumulate(this.#setup, a, b, this.#sum, 1 / this.#circle);
    this.#library._pffft_transform(this.#setup, this.#sum, this.#values, this.#work, toValues);
    const values = this.#at(this.#values, this.length);
    return {
      set: (to: Float32Array, row: number, reverse = false): void => {
        to.set(reverse ? values.reverse() : values, row * this.length);
      },
    };
  }
}
