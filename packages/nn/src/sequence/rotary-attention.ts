import { add, DomainError, mul, permute, requireWhole, reshape, type Tensor, zeros } from "@paperworks/tensor";
import { Linear } from "../layers/linear.ts";
import { Module } from "../module.ts";
import { causalAttention } from "./causal-attention.ts";
import { attendCached, emptyCache, growCache, type KeyValueCache, pushToken } from "./key-value-cache.ts";
import { rotaryAt, rotaryTables, rotate } from "./rotary-positions.ts";
import { requireSequence, requireToken, type SequenceCore } from "./sequence-core.ts";

export interface RotaryAttentionOptions {
  dim: number;
  heads: number;
  bias?: boolean;
  /** Rows of queries computed at a time; what suits the length when absent. */
  block?: number;
}

/** Turned keys and values of the tokens so far, and their number, int32 []. */
export type RotaryState = { readonly cache: KeyValueCache; readonly length: Tensor };

/** Causal softmax attention whose queries and keys are turned by their positions: the attention of current language models. */
export class RotaryAttention extends Module implements SequenceCore<RotaryState> {
  readonly dim: number;
  readonly heads: number;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly block?: number;

  constructor({ dim, heads, bias = false, block }: RotaryAttentionOptions) {
    super();
    requireWhole("RotaryAttention: heads", heads, 1);
    if (block !== undefined) requireWhole("RotaryAttention: block", block, 1);
    if (dim % (2 * heads) !== 0)
      throw new DomainError(`RotaryAttention: a width of ${dim} does not divide into ${heads} heads of an even width`);
    this.dim = dim;
    this.heads = heads;
    this.block = block;
    const linear = (): Linear => new Linear({ inFeatures: dim, outFeatures: dim, bias });
    this.query = linear();
    this.key = linear();
    this.value = linear();
    this.output = linear();
  }

  forward(x: Tensor): Tensor {
    requireSequence("RotaryAttention", x, this.dim);
    const [batch, length] = x.shape;
    const width = this.dim / this.heads;
    const byHead = (y: Tensor): Tensor => permute(reshape(y, [batch, length, this.heads, width]), [0, 2, 1, 3]);
    const tables = rotaryTables(length, width);
    const q = rotate(byHead(mul(this.query.forward(x), 1 / Math.sqrt(width))), tables);
    const k = rotate(byHead(this.key.forward(x)), tables);
    const heads = causalAttention(q, k, byHead(this.value.forward(x)), { block: this.block });
    return this.output.forward(reshape(permute(heads, [0, 2, 1, 3]), [batch, length, this.dim]));
  }

  /** @param tokens room in the cache, rounded up to a power of two */
  initialState(batch: number, tokens = 16): RotaryState {
    return { cache: emptyCache(batch, this.heads, tokens, this.dim / this.heads), length: zeros([], "int32") };
  }

  room({ cache }: RotaryState): number {
    return cache.keys.shape[2];
  }

  grow({ cache, length }: RotaryState): RotaryState {
    return { cache: growCache(cache), length };
  }

  /** The caller sees to it that the cache has room; a full one forgets its oldest token. */
  step(token: Tensor, { cache, length }: RotaryState): { output: Tensor; state: RotaryState } {
    const [batch, heads, , width] = cache.keys.shape;
    requireToken("RotaryAttention", token, this.dim, batch);
    const byHead = (y: Tensor): Tensor => reshape(y, [batch, heads, 1, width]);
    const turn = rotaryAt(length, width);
    const query = rotate(byHead(mul(this.query.forward(token), 1 / Math.sqrt(width))), turn);
    const row = { keys: rotate(byHead(this.key.forward(token)), turn), values: byHead(this.value.forward(token)) };
    const attended = reshape(attendCached(query, row, cache, length), [batch, this.dim]);
    return {
      output: this.output.forward(attended),
      state: { cache: pushToken(cache, row), length: add(length, 1) },
    };
  }
}
