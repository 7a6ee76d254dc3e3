import {
  attendCached,
  emptyCache,
  growCache,
  type KeyValueCache,
  LayerNorm,
  Module,
  pushToken,
  requireSequence,
  requireToken,
  type SequenceCore,
  TransformerBlock,
} from "@paperworks/nn";
import { add, mul, requireWhole, reshape, type Tensor } from "@paperworks/tensor";
import { LearnedPositions } from "./positions.ts";
import type { StackOptions } from "./stack-options.ts";

/** One cache a block, and the number of tokens in them, int32 []. */
export type TransformerState = { readonly caches: readonly KeyValueCache[]; readonly length: Tensor };

/**
 * The causal Transformer that Aaren is compared with: pre-norm blocks on learned positions, and a last LayerNorm. Token by
 * token it keeps every key and value: 2·N·d numbers a block, O(N) work a token.
 *
 * The cache has room for a power of two; unused places are masked, so that a program is compiled for each bucket and not
 * for each length.
 */
export class CausalTransformerStack extends Module implements SequenceCore<TransformerState> {
  readonly dim: number;
  readonly heads: number;
  readonly positions: LearnedPositions;
  readonly blocks: readonly TransformerBlock[];
  readonly norm: LayerNorm;

  constructor({ dim, heads, depth, hidden, positions }: StackOptions) {
    super();
    requireWhole("CausalTransformerStack: depth", depth, 1);
    this.dim = dim;
    this.heads = heads;
    this.positions = new LearnedPositions({ count: positions, dim });
    this.blocks = Array.from({ length: depth }, () => new TransformerBlock({ dim, heads, hidden, causal: true }));
    this.norm = new LayerNorm({ dim });
  }

  forward(x: Tensor): Tensor {
    requireSequence("CausalTransformerStack", x, this.dim, this.positions.count);
    return this.norm.forward(this.blocks.reduce((h, block) => block.forward(h), this.positions.forward(x)));
  }

  /** @param tokens room in the caches, rounded up to a power of two */
  initialState(batch: number, tokens = 16): TransformerState {
    requireWhole("CausalTransformerStack: batch", batch, 1);
    requireWhole("CausalTransformerStack: tokens", tokens, 1);
    const caches = this.blocks.map(() => emptyCache(batch, this.heads, tokens, this.dim / this.heads));
    return { caches, length: this.positions.start() };
  }

  room({ caches }: TransformerState): number {
    return caches[0].keys.shape[2];
  }

  /** Caches twice as large. */
  grow({ caches, length }: TransformerState): TransformerState {
    return { caches: caches.map(growCache), length };
  }

  /**
   * One token against all before it, and new caches with it in. The caller sees to it that the caches have room: the number
   * of tokens is known only when the program runs, and a cache that is full forgets its oldest token.
   */
  step(token: Tensor, state: TransformerState): { output: Tensor; state: TransformerState } {
    const { output, rows } = this.attend(token, state);
    const caches = state.caches.map((cache, i) => pushToken(cache, rows[i]));
    return { output, state: { caches, length: add(state.length, 1) } };
  }

  /**
   * The output for a token from caches that are only read, their tokens in the last `length` places in any order.
   *
   * @param token [batch, dim]
   * @returns output [batch, dim]; rows: key and value of the token a block, [batch, heads, 1, dim/heads]
   */
  attend(token: Tensor, { caches, length }: TransformerState): { output: Tensor; rows: KeyValueCache[] } {
    requireToken("CausalTransformerStack", token, this.dim, caches[0].keys.shape[0]);
    let h = this.positions.at(token, length);
    const rows = this.blocks.map((block, i) => {
      const { output, row } = attendBlock(block, block.attentionNorm.forward(h), caches[i], length);
      const y = add(h, output);
      h = add(y, block.feedForward.forward(block.feedForwardNorm.forward(y)));
      return row;
    });
    return { output: this.norm.forward(h), rows };
  }
}

function attendBlock({ attention }: TransformerBlock, h: Tensor, cache: KeyValueCache, length: Tensor) {
  const [batch, heads, , width] = cache.keys.shape;
  const byHead = (x: Tensor): Tensor => reshape(x, [batch, heads, 1, width]);
  const row: KeyValueCache = { keys: byHead(attention.key.forward(h)), values: byHead(attention.value.forward(h)) };
  const query = byHead(mul(attention.query.forward(h), 1 / Math.sqrt(width)));
  const attended = attendCached(query, row, cache, length);
  return { output: attention.output.forward(reshape(attended, [batch, heads * width])), row };
}
