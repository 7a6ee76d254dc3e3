import { type CsrMatrix, DomainError, requireWhole, spmm, stack, type Tensor } from "@paperworks/tensor";

/**
 * All hops of propagation: X^(0) = X, X^(k) = Â X^(k−1), as a recipe that can be differentiated.
 *
 * @param x [nodes, features]
 * @returns [hops + 1, nodes, features]
 */
export function propagate(adjacency: CsrMatrix, x: Tensor, hops: number): Tensor {
  requireWhole("propagate: the number of hops", hops);
  const all = [x];
  for (let k = 0; k < hops; k++) all.push(spmm(adjacency, all[k]));
  return stack(all);
}

/** The last hop alone: Âᵏ X. @returns [nodes, features] */
export function propagateLast(adjacency: CsrMatrix, x: Tensor, hops: number): Tensor {
  requireWhole("propagate: the number of hops", hops);
  let out = x;
  for (let k = 0; k < hops; k++) out = spmm(adjacency, out);
  return out;
}

/**
 * The hops one after another on the host, for work done once before training: a wide feature matrix with many hops does not
 * fit into memory at once.
 *
 * @param features [nodes, width], row-major
 * @yields         X^(0), X^(1), …, X^(hops), each [nodes, width]; not to be written to
 */
export function* hopsOf(adjacency: CsrMatrix, features: Float32Array, hops: number): Generator<Float32Array> {
  requireWhole("hopsOf: the number of hops", hops);
  const width = features.length / adjacency.rows;
  if (!Number.isInteger(width))
    throw new DomainError(`hopsOf: ${features.length} values are no rows for ${adjacency.rows} nodes`);
  let current = features;
  yield current;
  for (let k = 0; k < hops; k++) {
    current = adjacency.multiplyHost(current, width);
    yield current;
  }
}
