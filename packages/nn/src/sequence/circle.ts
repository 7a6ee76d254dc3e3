import {
  concat,
  expand,
  flip,
  pad,
  reshape,
  ShapeError,
  slice,
  type Tensor,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";

/**
 * A filter laid around a circle of n places: its weight of the token l places before stands at l, that of the token l places
 * behind at n − l.
 *
 *   k_l = kernel_l, l = 0 … K − 1        k_{n − l} = ahead_{l − 1}, l = 1 … A
 *
 * @param kernel [..., K] @param ahead [..., A]; none when absent
 * @returns      [..., n]
 * @throws ShapeError if the two do not fit on the circle
 */
export function aroundCircle(kernel: Tensor, n: number, ahead?: Tensor): Tensor {
  const axis = kernel.rank - 1;
  const [before, behind] = [kernel.shape[axis], ahead?.shape[axis] ?? 0];
  if (before + behind > n)
    throw new ShapeError(`aroundCircle: ${before} and ${behind} weights do not fit on a circle of ${n}`);
  if (!ahead || behind === 0) return pad(kernel, [{ axis, before: 0, after: n - before }]);
  const between = zeros([...kernel.shape.slice(0, -1), n - before - behind], kernel.dtype);
  return concat([kernel, between, flip(ahead, axis)], axis);
}

/**
 * The Toeplitz matrix T_ij = c_{(j − i) mod 2n} of values around a circle of 2n places: of a filter laid there, x T is the
 * filtered row x.
 *
 * Written as a shift of one place a row: the circle repeated n times and read in rows of 2n − 1. No index is looked up, and its
 * derivative adds up in order.
 *
 * @param circle [..., 2n] @returns [..., n, n]
 */
export function toeplitz(circle: Tensor): Tensor {
  const lead = circle.shape.slice(0, -1);
  const around = circle.shape[circle.rank - 1];
  if (around % 2 !== 0) throw new ShapeError(`toeplitz: a circle has an even number of places, got ${around}`);
  const n = around / 2;
  const repeated = reshape(expand(unsqueeze(circle, -2), [...lead, n, around]), [...lead, n * around]);
  const axis = lead.length;
  const shifted = reshape(slice(repeated, [{ axis, end: n * (around - 1) }]), [...lead, n, around - 1]);
  return slice(shifted, [{ axis: axis + 1, end: n }]);
}
