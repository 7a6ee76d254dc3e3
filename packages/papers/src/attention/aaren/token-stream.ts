import { type SequenceCore, stateBytes } from "@paperworks/nn";
import { Buffer, jit, type Tensor, type Tree, treeLeaves, treeMap } from "@paperworks/tensor";

/**
 * A model that is fed token by token. Its state stays with the runtime; the step is one program, and for a state that
 * grows one program a size: when the room is used up it is doubled.
 */
export class TokenStream<S extends Tree> {
  readonly #core: SequenceCore<S>;
  #state: S;
  #step: (token: Tensor) => Promise<Tensor>;
  #tokens = 0;

  constructor(core: SequenceCore<S>, { batch = 1, room = 16 }: { batch?: number; room?: number } = {}) {
    this.#core = core;
    this.#state = held(core.initialState(batch, room));
    this.#step = this.#program();
  }

  /** Tokens so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Bytes of the state as it is now, unused room included. */
  get bytes(): number {
    return stateBytes(this.#state);
  }

  /** @param token [batch, dim] @returns [batch, dim] */
  async push(token: Tensor): Promise<Tensor> {
    if (this.#tokens >= this.#core.room(this.#state)) {
      this.#state = held(this.#core.grow(this.#state));
      this.#step = this.#program();
    }
    this.#tokens++;
    return this.#step(token);
  }

  #program(): (token: Tensor) => Promise<Tensor> {
    const state = this.#state;
    const buffers = treeLeaves(state) as Buffer[];
    return jit((token: Tensor) => {
      const next = this.#core.step(token, state);
      treeLeaves(next.state).forEach((value, i) => {
        buffers[i].assign(value);
      });
      return next.output;
    });
  }
}

const held = <S extends Tree>(state: S): S => treeMap(state, (leaf) => new Buffer(leaf));
