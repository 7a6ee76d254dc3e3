import { expand, reshape } from "./ops/movement.ts";
import type { Tensor } from "./tensor.ts";

/** A recorded operation, to be recorded for a whole batch of examples at once. */
export interface BatchContext<A> {
  /** With a leading axis of examples where `batched`; the same for all examples elsewhere. */
  readonly inputs: readonly Tensor[];
  readonly batched: readonly boolean[];
  readonly attributes: A;
  /** How many examples. */
  readonly size: number;
  /** Records the same primitive on other inputs. */
  again(inputs: readonly Tensor[], attributes: A): Tensor[];
  /** A tensor of the recorded example, with a leading axis of examples. */
  all(t: Tensor): Tensor;
}

/** How to record an operation for a batch. @returns its outputs, each with a leading axis of examples */
export type BatchRule<A> = (context: BatchContext<A>) => Tensor[];

/** A tensor that is the same for all examples, repeated along a leading axis. */
export function forAll(t: Tensor, size: number): Tensor {
  return expand(reshape(t, [1, ...t.shape]), [size, ...t.shape]);
}

/** All inputs with the leading axis. */
export function withLeading({
  inputs,
  batched,
  size,
}: Pick<BatchContext<unknown>, "inputs" | "batched" | "size">): Tensor[] {
  return inputs.map((t, i) => (batched[i] ? t : forAll(t, size)));
}

/** For operations whose axes all move up by one. */
export function shifted<A>(attributes: (attributes: A, size: number) => A): BatchRule<A> {
  return (context) => context.again(withLeading(context), attributes(context.attributes, context.size));
}

/** For operations that broadcast: the leading axis stands in front of the longest example. */
export function broadcasting<A>({ inputs, batched, attributes, again }: BatchContext<A>): Tensor[] {
  return again(alignRanks(inputs, batched), attributes);
}

/** Inserts axes of length 1 behind the leading one, so that examples of different ranks broadcast. */
export function alignRanks(inputs: readonly Tensor[], batched: readonly boolean[]): Tensor[] {
  const rank = Math.max(...inputs.map((t, i) => t.shape.length - (batched[i] ? 1 : 0)));
  return inputs.map((t, i) => {
    if (!batched[i]) return t;
    const [size, ...example] = t.shape;
    return reshape(t, [size, ...new Array(rank - example.length).fill(1), ...example]);
  });
}

/** The leading axis joined with the one behind it, for operations that have a batch axis of their own. */
export function joined(t: Tensor): Tensor {
  const [size, first, ...rest] = t.shape;
  return reshape(t, [size * first, ...rest]);
}

/** The inverse of `joined`. */
export function parted(t: Tensor, size: number): Tensor {
  const [first, ...rest] = t.shape;
  return reshape(t, [size, first / size, ...rest]);
}
