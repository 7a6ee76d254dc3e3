import { ShapeError, select, type Tensor, type Tree, treeLeaves } from "@paperworks/tensor";
import type { Module } from "../module.ts";

/**
 * What mixes the positions of a sequence causally, whole or token by token with the same outputs: attention, a recurrence, a
 * convolution, or a stack of them.
 */
export interface SequenceCore<S extends Tree = Tree> extends Module {
  readonly dim: number;
  /** @param x [batch, length, dim] @returns [batch, length, dim]; position i depends on positions 0 … i */
  forward(x: Tensor): Tensor;
  /** The state before the first token, with room for at least `tokens` where a state grows. */
  initialState(batch: number, tokens?: number): S;
  /** The number of tokens the state has room for; infinite where it does not grow. */
  room(state: S): number;
  /** The same state with more room. */
  grow(state: S): S;
  /** @param token [batch, dim] @returns output [batch, dim] and the state that the next token needs */
  step(token: Tensor, state: S): { output: Tensor; state: S };
}

/** Memory of a state: the bytes of its tensors. */
export function stateBytes(state: Tree): number {
  return treeLeaves(state).reduce((bytes, { size, dtype }) => bytes + size * (dtype === "float64" ? 8 : 4), 0);
}

/** @throws ShapeError unless x is [batch, length, dim] with at least one token */
export function requireSequence(
  model: string,
  { shape }: Tensor,
  dim: number,
  longest = Number.POSITIVE_INFINITY,
): void {
  if (shape.length !== 3 || shape[2] !== dim)
    throw new ShapeError(`${model} takes [batch, length, ${dim}], got [${shape.join(", ")}]`);
  if (shape[1] === 0) throw new ShapeError(`${model} needs at least one token, got [${shape.join(", ")}]`);
  if (shape[1] > longest)
    throw new ShapeError(`${model} has positions for ${longest} tokens, got ${shape[1]} in [${shape.join(", ")}]`);
}

/** @throws ShapeError unless token is [batch, dim] for the state's batch */
export function requireToken(model: string, { shape }: Tensor, dim: number, batch: number): void {
  if (shape.length !== 2 || shape[1] !== dim)
    throw new ShapeError(`${model}: a token is [batch, ${dim}], got [${shape.join(", ")}]`);
  if (shape[0] !== batch)
    throw new ShapeError(`${model}: the state is of a batch of ${batch}, the token of a batch of ${shape[0]}`);
}

/** The output at the last token. @param x [batch, length, dim] @returns [batch, dim] */
export const lastToken = (x: Tensor): Tensor => select(x, 1, x.shape[1] - 1);
