import { stateBytes } from "@paperworks/nn";
import { fromArray, jit, type Tensor } from "@paperworks/tensor";
import type { CausalTransformerStack, TransformerState } from "./causal-transformer.ts";

/** A cache as plain numbers, [batch·heads, capacity, width], filled from its end. */
interface HostCache {
  keys: Float32Array;
  values: Float32Array;
}

/**
 * The Transformer as a stream whose caches are written in place, outside of the program, which only reads them: what is
 * left of its cost when nothing is copied.
 */
export class InPlaceStream {
  readonly #core: CausalTransformerStack;
  readonly #batch: number;
  #room: number;
  #caches: HostCache[];
  readonly #attend: (token: Tensor, state: TransformerState) => Promise<ReturnType<CausalTransformerStack["attend"]>>;
  #tokens = 0;

  constructor(core: CausalTransformerStack, { batch = 1, room = 16 }: { batch?: number; room?: number } = {}) {
    this.#core = core;
    this.#batch = batch;
    this.#room = core.room(core.initialState(batch, room));
    const size = batch * this.#room * core.dim;
    this.#caches = core.blocks.map(() => ({ keys: new Float32Array(size), values: new Float32Array(size) }));
    this.#attend = jit((token: Tensor, state: TransformerState) => core.attend(token, state));
  }

  get tokens(): number {
    return this.#tokens;
  }

  get bytes(): number {
    return stateBytes(this.#state());
  }

  /** @param token [batch, dim] @returns [batch, dim] */
  async push(token: Tensor): Promise<Tensor> {
    if (this.#tokens >= this.#room) this.#grow();
    const { output, rows } = await this.#attend(token, this.#state());
    const place = this.#room - 1 - this.#tokens++;
    for (const [i, { keys, values }] of rows.entries()) {
      this.#write(this.#caches[i].keys, (await keys.data()) as Float32Array, place);
      this.#write(this.#caches[i].values, (await values.data()) as Float32Array, place);
    }
    return output;
  }

  /** The caches as tensors, on the arrays themselves: they are written only between two programs. */
  #state(): TransformerState {
    const { dim, heads } = this.#core;
    const shape = [this.#batch, heads, this.#room, dim / heads];
    return {
      caches: this.#caches.map(({ keys, values }) => ({
        keys: fromArray(keys, shape),
        values: fromArray(values, shape),
      })),
      length: fromArray(Int32Array.of(this.#tokens), []),
    };
  }

  #write(cache: Float32Array, row: Float32Array, place: number): void {
    const width = this.#core.dim / this.#core.heads;
    for (let i = 0; i < row.length / width; i++)
      cache.set(row.subarray(i * width, (i + 1) * width), (i * this.#room + place) * width);
  }

  #grow(): void {
    const length = this.#room * (this.#core.dim / this.#core.heads);
    const twice = (cache: Float32Array): Float32Array => {
      const grown = new Float32Array(2 * cache.length);
      for (let at = 0; at < cache.length; at += length) grown.set(cache.subarray(at, at + length), 2 * at + length);
      return grown;
    };
    this.#caches = this.#caches.map(({ keys, values }) => ({ keys: twice(keys), values: twice(values) }));
    this.#room *= 2;
  }
}
