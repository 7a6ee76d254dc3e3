import { cellLayouts } from "@paperworks/kernels";
import { add, matmul, permute, reshape, select, slice, sum, type Tensor } from "@paperworks/tensor";
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
 * The gradients of everything from those of the pre-activations: δWx = δg, δb = Σ_t δg, and δR = Σ_t δg_t ⊗ h_{t−1}, one product
 * for all steps of a head.
 *
 * @param planes δg [T, B, G, N, D]
 * @param states [T + 1, S, B, N, D]
 */
export function gradientsOf(cell: Cell, planes: Tensor, states: Tensor): { wx: Tensor; r: Tensor; bias: Tensor } {
  const { recurrent, inputs } = cellLayouts[cell];
  const [steps, batch, count, heads, dim] = planes.shape;
  const flows = permute(slice(planes, [{ axis: 2, end: recurrent }]), [3, 2, 4, 0, 1]);
  const hidden = select(slice(states, [{ axis: 0, end: steps }]), 1, 0);
  const outer = matmul(
    reshape(flows, [heads, recurrent * dim, steps * batch]),
    reshape(permute(hidden, [2, 0, 1, 3]), [heads, steps * batch, dim]),
  );
  return {
    wx: slice(planes, [{ axis: 2, start: count - inputs }]),
    r: permute(reshape(outer, [heads, recurrent, dim, dim]), [1, 0, 2, 3]),
    bias: sum(planes, [0, 1]),
  };
}
