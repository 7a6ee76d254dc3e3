import { KernelInputError } from "./errors.ts";

type Elementary = (x: number, y: number, size: number) => void;
type Pack = (
  source: number,
  target: number,
  recurrent: number,
  heads: number,
  units: number,
  dim: number,
  vectors: number,
) => void;
type OnPlan = (plan: number) => void;

/** What the WebAssembly module exports; addresses and sizes are bytes. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  freeFrom(): number;
  /** 0 if there is no product for the tile. */
  productFor(gates: number, rows: number, vectors: number): number;
  readonly exp: Elementary;
  readonly tanh: Elementary;
  readonly sigmoid: Elementary;
  readonly packForward: Pack;
  readonly packBackward: Pack;
  readonly fusedForward: OnPlan;
  readonly fusedBackward: OnPlan;
  readonly alternatingForward: OnPlan;
  readonly alternatingBackward: OnPlan;
}

const page = 65_536;
/** Blocks begin at multiples of a cache line. */
const line = 64;

/**
 * The WebAssembly kernels and their memory. Calls are synchronous, and each lays out the memory anew: what is to be kept is
 * copied out before the next one.
 */
export class Kernels {
  readonly exports: KernelExports;
  /** Whether multiply-adds are fused where the processor can. */
  readonly relaxed: boolean;

  constructor(exports: WebAssembly.Exports, relaxed: boolean) {
    this.exports = exports as unknown as KernelExports;
    this.relaxed = relaxed;
  }

  /** e^x, relative error at most 2e-6 where it is a normal number. */
  exp(x: Float32Array): Float32Array {
    return this.#map(this.exports.exp, x);
  }

  /** Relative error at most 2e-6. */
  tanh(x: Float32Array): Float32Array {
    return this.#map(this.exports.tanh, x);
  }

  /** 1 / (1 + e^−x), relative error at most 2e-6 for x ≥ −87; below that it stays at e^−87. */
  sigmoid(x: Float32Array): Float32Array {
    return this.#map(this.exports.sigmoid, x);
  }

  /** Whether there is a product whose tile is `gates` × `rows` × `vectors`. */
  hasProduct(gates: number, rows: number, vectors: number): boolean {
    return this.exports.productFor(gates, rows, vectors) !== 0;
  }

  /**
   * Room for arrays of 32-bit numbers; what was laid out before is given up.
   *
   * @param lengths numbers in each block
   * @returns the blocks' addresses
   * @throws KernelInputError if the memory cannot grow to hold them
   */
  layOut<K extends string>(lengths: Readonly<Record<K, number>>): Record<K, number> {
    let free = this.exports.freeFrom();
    const addresses = {} as Record<K, number>;
    for (const name of Object.keys(lengths) as K[]) {
      free = Math.ceil(free / line) * line;
      addresses[name] = free;
      free += 4 * lengths[name];
    }
    const { memory } = this.exports;
    const missing = free - memory.buffer.byteLength;
    if (missing <= 0) return addresses;
    try {
      memory.grow(Math.ceil(missing / page));
    } catch (cause) {
      throw new KernelInputError(
        `these arrays take ${Math.ceil(free / 2 ** 20)} MB, more than the kernels' memory holds`,
        {
          cause,
        },
      );
    }
    return addresses;
  }

  /** The numbers at an address: a view until the memory is laid out anew. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.exports.memory.buffer, address, length);
  }

  integers(address: number, length: number): Int32Array {
    return new Int32Array(this.exports.memory.buffer, address, length);
  }

  #map(kernel: Elementary, x: Float32Array): Float32Array {
    const length = Math.ceil(x.length / 4) * 4;
    const { from, to } = this.layOut({ from: length, to: length });
    this.floats(from, length).fill(0, x.length);
    this.floats(from, length).set(x);
    kernel(from, to, 4 * length);
    return this.floats(to, x.length).slice();
  }
}
