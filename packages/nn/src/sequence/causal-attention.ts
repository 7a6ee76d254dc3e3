import { add, concat, matmul, slice, softmax, type Tensor, transpose } from "@paperworks/tensor";
import { causalBias } from "./causal-bias.ts";

/**
 * Causal softmax attention in blocks of queries, each over the keys up to its own end: half the products of the whole matrix, and
 * no more than a block of scores at a time.
 *
 * @param q     scaled, [batch, heads, length, width]
 * @param k     [batch, heads, length, width]
 * @param v     [batch, heads, length, width of values]
 * @param block rows of a block
 * @returns     [batch, heads, length, width of values]
 */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor, block = 128): Tensor {
  const length = q.shape[2];
  const blocks = Array.from({ length: Math.ceil(length / block) }, (_, i) => {
    const [start, end] = [i * block, Math.min((i + 1) * block, length)];
    const [keys, values] = [k, v].map((x) => (end === length ? x : slice(x, [{ axis: 2, end }])));
    const queries = length <= block ? q : slice(q, [{ axis: 2, start, end }]);
    const scores = add(matmul(queries, transpose(keys)), causalBias(end - start, end, { start, dtype: q.dtype }));
    return matmul(softmax(scores), values);
  });
  return blocks.length === 1 ? blocks[0] : concat(blocks, 2);
}
