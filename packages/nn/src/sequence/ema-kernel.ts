import { exp, fromArray, matmul, mul, requireWhole, reshape, slice, type Tensor, unsqueeze } from "@paperworks/tensor";

/**
 * Powers e^{l log q̄} of decays, l = first … first + count − 1, as exponentials: a product of as many factors would lose its last
 * places.
 *
 * @param logDecay [...] @returns [..., count]
 */
export function powers(logDecay: Tensor, count: number, { first = 0, step = 1 } = {}): Tensor {
  const exponents = Float32Array.from({ length: count }, (_, i) => first + i * step);
  return exp(mul(unsqueeze(logDecay, -1), fromArray(exponents, [count]).cast(logDecay.dtype)));
}

/**
 * The filter of a multi-dimensional exponential moving average, a sum of h decaying exponentials a channel:
 *
 *   κ_d(l) = Σ_j c_{dj} q̄_{dj}^l,   l = 0 … length − 1
 *
 * With l = b·i + r the powers fall into q̄^{bi} q̄^r, so that all of them are one product of two small matrices a channel instead
 * of length·h exponentials.
 *
 * @param scale    c [dim, h]
 * @param logDecay log q̄ ≤ 0 [dim, h]
 * @returns        [dim, length]
 */
export function emaKernel(scale: Tensor, logDecay: Tensor, length: number): Tensor {
  requireWhole("emaKernel: length", length, 1);
  const [dim] = scale.shape;
  const block = 2 ** Math.ceil(Math.log2(length) / 2);
  const blocks = Math.ceil(length / block);
  const starts = mul(unsqueeze(scale, -1), powers(logDecay, blocks, { step: block }));
  const inside = powers(logDecay, block);
  const all = reshape(matmul(starts.transpose(), inside), [dim, blocks * block]);
  return blocks * block === length ? all : slice(all, [{ axis: 1, end: length }]);
}
