import { init, Module } from "@paperworks/nn";
import { add, fromArray, gather, type Parameter, requireWhole, slice, type Tensor } from "@paperworks/tensor";

/** A learned vector for each place in the sequence, N(0, 0.02²), added to the token that stands there. */
export class LearnedPositions extends Module {
  /** The longest sequence there are vectors for; without vectors there is no longest. */
  readonly count: number;
  /** [count, dim] */
  readonly weight?: Parameter;

  constructor({ count, dim }: { count?: number; dim: number }) {
    super();
    this.count = count ?? Number.POSITIVE_INFINITY;
    if (count === undefined) return;
    requireWhole("LearnedPositions: count", count, 1);
    this.weight = init.initialParameter([count, dim], init.normal({ std: 0.02 }));
  }

  /** @param x [batch, length, dim] */
  forward(x: Tensor): Tensor {
    return this.weight ? add(x, slice(this.weight, [{ axis: 0, start: 0, end: x.shape[1] }])) : x;
  }

  /** The place of the first token, int32 []. */
  start(): Tensor {
    return fromArray(new Int32Array(1), [], "int32");
  }

  /** @param token [batch, dim] @param place int32 [] */
  at(token: Tensor, place: Tensor): Tensor {
    return this.weight ? add(token, gather(this.weight, place)) : token;
  }
}
