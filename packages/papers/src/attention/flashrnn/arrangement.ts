import { cellLayouts } from "@paperworks/kernels";
import { add, matmul, permute, reshape, select, slice, sum, type Tensor, transpose } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";

/** Wx [T, B, Gw, N, D] with the bias [G, N, D] of the planes that it feeds. */
export function biasedInputs(cell: Cell, wx: Tensor, bias: Tensor): Tensor {
  return add(wx, slice(bias, [{ axis: 0, start: cellLayouts[cell].planes.length - wx.shape[2] }]));
}

/** The bias [N, 1, D] of each plane that the input does not feed: those in front. */
export function otherBiases(cell: Cell, bias: Tensor): Tensor[] {
  const { planes, inputs } = cellLayouts[cell];
  const [, heads, dim] = bias.shape;
  return Array.from({ length: planes.length - inputs }, (_, plane) => reshape(select(bias, 0, plane), [heads, 1, dim]));
}

/** The sums of all that feeds each plane: R h the first of them, Wx + b the last, a bias alone the rest. */
export function preActivations(
  sums: readonly Tensor[],
  inputs: readonly Tensor[],
  others: readonly Tensor[],
): Tensor[] {
  return Array.from({ length: others.length + inputs.length }, (_, plane) => {
    const fed = plane < others.length ? others[plane] : inputs[plane - others.length];
    return plane < sums.length ? add(sums[plane], fed) : fed;
  });
}

/**
 * The gradients that are sums over all steps: δb = Σ_t δg_t, and δR = Σ_t δg_t ⊗ h_{t−1}, one product for all steps of a head.
 *
 * @param planes δg [T, B, G, N, D]
 * @param states [T + 1, S, B, N, D]
 */
export function summedGradients(cell: Cell, planes: Tensor, states: Tensor): { r: Tensor; bias: Tensor } {
  const { recurrent } = cellLayouts[cell];
  const [steps, batch, , heads, dim] = planes.shape;
  const hidden = select(slice(states, [{ axis: 0, end: steps }]), 1, 0);
  // Steps and rows stay in front of the units, whose runs are moved whole: a transpose of this size would cost more than the product.
  const flows = permute(slice(planes, [{ axis: 2, end: recurrent }]), [3, 0, 1, 2, 4]);
  const outer = matmul(
    transpose(reshape(flows, [heads, steps * batch, recurrent * dim])),
    reshape(permute(hidden, [2, 0, 1, 3]), [heads, steps * batch, dim]),
  );
  return { r: permute(reshape(outer, [heads, recurrent, dim, dim]), [1, 0, 2, 3]), bias: sum(planes, [0, 1]) };
}
