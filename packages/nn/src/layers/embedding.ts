import { type Generator, gather, type Parameter, requireWhole, type Tensor } from "@paperworks/tensor";
import { type Initializer, initialParameter, normal } from "../init.ts";
import { Module } from "../module.ts";

export interface EmbeddingOptions {
  /** Rows of the table: ids run from 0 to count − 1. */
  count: number;
  dim: number;
  /** N(0, 0.02²) when absent. */
  init?: Initializer;
  generator?: Generator;
}

/** A learned vector for each id. */
export class Embedding extends Module {
  /** [count, dim] */
  readonly weight: Parameter;

  constructor({ count, dim, init = normal({ std: 0.02 }), generator }: EmbeddingOptions) {
    super();
    requireWhole("Embedding: count", count, 1);
    requireWhole("Embedding: dim", dim, 1);
    this.weight = initialParameter([count, dim], init, { generator });
  }

  /** @param ids [...] int32 @returns [..., dim] */
  forward(ids: Tensor): Tensor {
    return gather(this.weight, ids);
  }
}
