import {
  add,
  arange,
  concat,
  less,
  matmul,
  mul,
  pad,
  slice,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
  zeros,
} from "@paperworks/tensor";
import { unseen } from "./causal-bias.ts";

/**
 * Keys and values of all tokens so far, with room for `capacity`, a power of two: [batch, heads, capacity, width]. The newest
 * stand last. Unused places are masked, so that a program is compiled for each capacity and not for each length.
 */
export type KeyValueCache = { readonly keys: Tensor; readonly values: Tensor };

/** The smallest power of two that is not below `tokens`. */
export const bucketFor = (tokens: number): number => 2 ** Math.ceil(Math.log2(tokens));

/** @param tokens room, rounded up to a power of two */
export function emptyCache(batch: number, heads: number, tokens: number, width: number): KeyValueCache {
  const empty = (): Tensor => zeros([batch, heads, bucketFor(tokens), width]);
  return { keys: empty(), values: empty() };
}

/** A cache of twice the room. */
export function growCache({ keys, values }: KeyValueCache): KeyValueCache {
  const twice = (x: Tensor): Tensor => pad(x, [{ axis: 2, before: x.shape[2], after: 0 }]);
  return { keys: twice(keys), values: twice(values) };
}

/**
 * The cache with one token more. The oldest place falls out: two plain copies, where writing at a place that only the program
 * knows would choose between old and new at every number.
 *
 * @param row key and value of the token, [batch, heads, 1, width]
 */
export function pushToken(cache: KeyValueCache, row: KeyValueCache): KeyValueCache {
  const push = (x: Tensor, last: Tensor): Tensor => concat([slice(x, [{ axis: 2, start: 1 }]), last], 2);
  return { keys: push(cache.keys, row.keys), values: push(cache.values, row.values) };
}

/**
 * What a token sees in the cache and in itself. Its own key and value need not be in the cache: their score joins the others in
 * one softmax.
 *
 * @param query  scaled by 1/√width, [batch, heads, 1, width]
 * @param row    the token's own key and value, [batch, heads, 1, width]
 * @param length tokens in the cache, int32 []
 * @returns      [batch, heads, 1, width]
 */
export function attendCached(
  query: Tensor,
  row: KeyValueCache,
  { keys, values }: KeyValueCache,
  length: Tensor,
): Tensor {
  const capacity = keys.shape[2];
  const filled = less(sub(capacity - 1, arange(capacity)), length);
  const past = where(filled, matmul(query, transpose(keys)), unseen);
  const own = sum(mul(query, row.keys), -1, { keepDims: true });
  const [onPast, onOwn] = split(softmax(concat([past, own], -1)), [capacity, 1], -1);
  return add(matmul(onPast, values), mul(onOwn, row.values));
}
