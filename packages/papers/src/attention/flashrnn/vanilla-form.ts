import { cellLayouts } from "@paperworks/kernels";
import { fromArray, jit, permute, type Tensor } from "@paperworks/tensor";
import { biasedInputs, otherBiases } from "./arrangement.ts";
import type { Cell } from "./cells.ts";
import { stepBackward, stepForward } from "./vanilla-steps.ts";

// Planes come before heads, and heads before rows, so that every tensor of a step is a stretch of memory.

/** What a loop on the host reads: [T, Gw, N, B, D], Rᵀ, biases, [S, N, B, D]. */
const arrange = jit((cell: Cell, wx: Tensor, r: Tensor, bias: Tensor, first: Tensor) => ({
  inputs: permute(biasedInputs(cell, wx, bias), [0, 2, 3, 1, 4]),
  weights: permute(r, [0, 1, 3, 2]),
  others: otherBiases(cell, bias),
  first: permute(first, [0, 2, 1, 3]),
}));

/** [T, S, N, B, D] → [T, S, B, N, D] and [T, G, N, B, D] → [T, B, G, N, D]. */
const collect = jit((states: Tensor, gates?: Tensor) => ({
  states: permute(states, [0, 1, 3, 2, 4]),
  gates: gates && permute(gates, [0, 3, 1, 2, 4]),
}));

const arrangeBack = jit((states: Tensor, gates: Tensor, outputs: Tensor, last: Tensor) => ({
  states: permute(states, [0, 1, 3, 2, 4]),
  gates: permute(gates, [0, 2, 3, 1, 4]),
  outputs: permute(outputs, [0, 2, 1, 3]),
  last: permute(last, [0, 2, 1, 3]),
}));

const collectBack = jit((planes: Tensor, first: Tensor) => ({
  planes: permute(planes, [0, 3, 1, 2, 4]),
  first: permute(first, [0, 2, 1, 3]),
}));

const floats = async (tensor: Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

/** `count` neighbouring stretches of an array, the first at `index` lengths. */
const stretches = (array: Float32Array, index: number, length: number, count: number): Float32Array[] =>
  Array.from({ length: count }, (_, i) => array.subarray((index + i) * length, (index + i + 1) * length));

/**
 * The recurrence as a loop on the host that calls the engine for every primitive of every step, as a framework without a
 * compiler does: what the kernels are measured against. Programs are compiled once, buffers are laid out once, and planes,
 * states and gates are stretches of memory that no call has to cut out or put together.
 *
 * Arguments and results are those of `scanForward`.
 */
export async function vanillaForward(
  cell: Cell,
  wx: Tensor,
  r: Tensor,
  bias: Tensor,
  first: Tensor,
  keep: boolean,
): Promise<{ states: Tensor; gates?: Tensor }> {
  const [steps, batch, , heads, dim] = wx.shape;
  const { inputs: fed, states: names, kept } = cellLayouts[cell];
  const [count, row] = [names.length, heads * batch * dim];
  const program = await stepForward(cell, { batch, heads, dim });
  const arranged = await arrange(cell, wx, r, bias, first);
  const [inputs, weights] = [await floats(arranged.inputs), await floats(arranged.weights)];
  const others = await Promise.all(arranged.others.map(floats));
  const states = new Float32Array((steps + 1) * count * row);
  const gates = new Float32Array((keep ? steps : 1) * kept.length * row);
  states.set(await floats(arranged.first));
  for (let t = 0; t < steps; t++) {
    const before = stretches(states, t * count, row, count);
    const x = inputs.subarray(t * fed * row, (t + 1) * fed * row);
    await program.run(
      [weights, x, ...others, ...before],
      [
        ...stretches(states, (t + 1) * count, row, count),
        ...stretches(gates, (keep ? t : 0) * kept.length, row, kept.length),
      ],
    );
  }
  return collect(
    fromArray(states, [steps + 1, count, heads, batch, dim]),
    keep ? fromArray(gates, [steps, kept.length, heads, batch, dim]) : undefined,
  );
}

/** The way back in the same manner. Arguments and results are those of `scanBackward`. */
export async function vanillaBackward(
  cell: Cell,
  r: Tensor,
  states: Tensor,
  gates: Tensor,
  outputs: Tensor,
  last: Tensor,
): Promise<{ planes: Tensor; first: Tensor }> {
  const [steps, batch, heads, dim] = outputs.shape;
  const { planes: names, states: stateNames, kept } = cellLayouts[cell];
  const [count, row] = [stateNames.length, heads * batch * dim];
  const program = await stepBackward(cell, { batch, heads, dim });
  const arranged = await arrangeBack(states, gates, outputs, last);
  const [allStates, allGates] = [await floats(arranged.states), await floats(arranged.gates)];
  const [outside, weights] = [await floats(arranged.outputs), await floats(r)];
  const planes = new Float32Array(steps * names.length * row);
  // The carry is read and written in turns.
  const carries = [(await floats(arranged.last)).slice(), new Float32Array(count * row)];
  for (let t = steps - 1; t >= 0; t--) {
    const [carry, next] = (steps - 1 - t) % 2 === 0 ? carries : carries.toReversed();
    await program.run(
      [
        weights,
        outside.subarray(t * row, (t + 1) * row),
        ...stretches(carry, 0, row, count),
        ...stretches(allGates, t * kept.length, row, kept.length),
        ...stretches(allStates, t * count, row, 2 * count),
      ],
      [...stretches(planes, t * names.length, row, names.length), ...stretches(next, 0, row, count)],
    );
  }
  return collectBack(
    fromArray(planes, [steps, names.length, heads, batch, dim]),
    fromArray(carries[steps % 2], [count, heads, batch, dim]),
  );
}
