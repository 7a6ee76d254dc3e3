import {
  add,
  concat,
  matmul,
  permute,
  reshape,
  scan,
  slice,
  split,
  stack,
  type Tensor,
  transpose,
  unstack,
} from "@paperworks/tensor";
import { biasedInputs, otherBiases, preActivations } from "./arrangement.ts";
import { type Cell, cells } from "./cells.ts";

// Inside the loop a tensor is [N, B, D], and gates lie side by side in the last axis: the product with R is one product a head.

/** [S, B, N, D] → S tensors [N, B, D]. */
const statesByHead = (states: Tensor): Tensor[] => unstack(transpose(states, 1, 2));

/** [T, B, G, N, D] → G tensors [T, N, B, D]. */
const planesByHead = (planes: Tensor): Tensor[] => unstack(permute(planes, [2, 0, 3, 1, 4]));

/** G tensors [T, N, B, D] → [T, B, G, N, D]. */
const planesByRow = (planes: readonly Tensor[]): Tensor => permute(stack(planes), [1, 3, 0, 2, 4]);

/**
 * The recurrence as one loop of the engine. It can be recorded in a larger program, differentiated there, and exported.
 *
 * @param wx    Wx [T, B, Gw, N, D]
 * @param r     R [Gr, N, D, D]
 * @param bias  [G, N, D]
 * @param first the states before the first step [S, B, N, D]
 * @returns     states [T + 1, S, B, N, D] and activated gates [T, B, gates, N, D]
 */
export function scanForward(
  cell: Cell,
  wx: Tensor,
  r: Tensor,
  bias: Tensor,
  first: Tensor,
): { states: Tensor; gates: Tensor } {
  const [steps, batch, fed, heads, dim] = wx.shape;
  const recurrent = r.shape[0];
  const weights = reshape(permute(r, [1, 3, 0, 2]), [heads, dim, recurrent * dim]);
  const inputs = permute(biasedInputs(cell, wx, bias), [0, 3, 1, 2, 4]);
  const others = otherBiases(cell, bias);
  const { outputs } = scan(
    (states: Tensor[], x: Tensor) => {
      const sums = matmul(states[0], weights);
      const planes =
        recurrent === fed && others.length === 0
          ? split(add(sums, x), fed, 2)
          : preActivations(split(sums, recurrent, 2), split(x, fed, 2), others);
      const after = cells[cell].forward(planes, states);
      return { carry: after.states, output: after };
    },
    statesByHead(first),
    reshape(inputs, [steps, heads, batch, fed * dim]),
  );
  const later = permute(stack(outputs.states), [1, 0, 3, 2, 4]);
  return { states: concat([reshape(first, [1, ...first.shape]), later]), gates: planesByRow(outputs.gates) };
}

/**
 * The way back as one loop, from the last step to the first.
 *
 * @param states  as `scanForward` gave them
 * @param gates   as `scanForward` gave them
 * @param outputs gradient of h after every step [T, B, N, D]
 * @param last    gradient of the states after the last step [S, B, N, D]
 * @returns       gradients of the pre-activations [T, B, G, N, D] and of the states before the first step [S, B, N, D]
 */
export function scanBackward(
  cell: Cell,
  r: Tensor,
  states: Tensor,
  gates: Tensor,
  outputs: Tensor,
  last: Tensor,
): { planes: Tensor; first: Tensor } {
  const [recurrent, heads, dim] = r.shape;
  const steps = outputs.shape[0];
  const weights = reshape(permute(r, [1, 0, 2, 3]), [heads, recurrent * dim, dim]);
  const byState = unstack(permute(states, [1, 0, 3, 2, 4]));
  const range = (start: number): Tensor[] =>
    byState.map((state) => slice(state, [{ axis: 0, start, end: start + steps }]));
  const back = scan(
    (carry: Tensor[], x: { outside: Tensor; gates: Tensor[]; before: Tensor[]; after: Tensor[] }) => {
      const gradients = [add(carry[0], x.outside), ...carry.slice(1)];
      const { planes, states: direct } = cells[cell].backward({ ...x, gradients });
      const throughR = matmul(concat(planes.slice(0, recurrent), 2), weights);
      const [h, ...others] = direct;
      return { carry: [h ? add(h, throughR) : throughR, ...(others as Tensor[])], output: planes };
    },
    statesByHead(last),
    { outside: transpose(outputs, 1, 2), gates: planesByHead(gates), before: range(0), after: range(1) },
    { reverse: true },
  );
  return { planes: planesByRow(back.outputs), first: transpose(stack(back.carry), 1, 2) };
}
