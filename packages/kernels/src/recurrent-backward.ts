import type { Kernels } from "./kernels.ts";
import { cellLayouts } from "./recurrent-cells.ts";
import {
  backwardTile,
  copyRows,
  type LoopOrder,
  paddedDim,
  type RecurrentShape,
  type RecurrentTiles,
  requireLength,
  requireShape,
  requireTiles,
  rowsOf,
  sizeOf,
} from "./recurrent-plan.ts";

export interface RecurrentBackwardInputs {
  readonly weights: Float32Array;
  /** What the forward pass gave. */
  readonly states: Float32Array;
  readonly kept: Float32Array;
  /** Gradient of h after every step [steps, batch, heads, dim]. */
  readonly outputs: Float32Array;
  /** Gradient of the states after the last step [states, batch, heads, dim]; zeros when absent. */
  readonly last?: Float32Array;
}

export interface RecurrentGradients {
  /** Of the pre-activations of all planes [steps, batch, planes, heads, dim]. */
  readonly planes: Float32Array;
  /** Of the states before the first step [states, batch, heads, dim]. */
  readonly first: Float32Array;
}

/**
 * The way back: δg_t from the cell's derivative, δh_{t−1} = Rᵀ δg_t. The weights' gradient Σ_t δg_t ⊗ h_{t−1} is one product
 * afterwards, which is left to whoever multiplies matrices best.
 *
 * @throws KernelInputError and KernelTileError as the forward pass does
 */
export function recurrentBackward(
  kernels: Kernels,
  shape: RecurrentShape,
  { weights, states, kept, outputs, last }: RecurrentBackwardInputs,
  { tiles, order = "fused" }: { tiles: RecurrentTiles; order?: LoopOrder },
): RecurrentGradients {
  requireShape(shape);
  requireTiles(kernels, shape, tiles);
  const { steps, batch, heads, dim } = shape;
  const layout = cellLayouts[shape.cell];
  const { recurrent } = layout;
  const stateCount = layout.states.length;
  requireLength("weights", weights, [recurrent, heads, dim, dim]);
  requireLength("states", states, [steps + 1, stateCount, batch, heads, dim]);
  requireLength("kept", kept, [steps, batch, layout.kept.length, heads, dim]);
  requireLength("outputs", outputs, [steps, batch, heads, dim]);
  if (last) requireLength("last", last, [stateCount, batch, heads, dim]);
  const units = paddedDim(shape);
  const width = heads * units;
  const lengths = {
    plan: 32,
    given: weights.length,
    weights: sizeOf(recurrent, width, units),
    states: sizeOf(steps + 1, stateCount, batch, width),
    saved: sizeOf(steps, batch, layout.kept.length, width),
    outside: sizeOf(steps, batch, width),
    carry: sizeOf(stateCount, batch, width),
    flow: sizeOf(batch, recurrent, width),
    gradients: sizeOf(steps, batch, layout.planes.length, width),
  };
  const at = kernels.layOut(lengths);
  const floats = (name: keyof typeof lengths): Float32Array => kernels.floats(at[name], lengths[name]);
  floats("given").set(weights);
  copyRows(states, dim, floats("states"), units);
  copyRows(kept, dim, floats("saved"), units);
  copyRows(outputs, dim, floats("outside"), units);
  if (last) copyRows(last, dim, floats("carry"), units);
  else floats("carry").fill(0);
  const tile = backwardTile(kernels, shape);
  kernels.exports.packBackward(at.given, at.weights, recurrent, heads, dim, units, tile.vectors);
  kernels
    .integers(at.plan, 22)
    .set([
      ...[layout.number, steps, batch, heads, units],
      ...[tiles.resident, tiles.rows, tiles.vectors, tiles.block, tile.rows, tile.vectors],
      ...[0, at.weights, 0, at.states, at.saved, 0, at.outside, at.carry, at.flow, at.gradients, 0],
    ]);
  if (order === "fused") kernels.exports.fusedBackward(at.plan);
  else kernels.exports.alternatingBackward(at.plan);
  return { planes: rowsOf(floats("gradients"), units, dim), first: rowsOf(floats("carry"), units, dim) };
}
