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
} from "./recurrent-plan.ts";

export interface RecurrentInputs {
  /** Wx [steps, batch, inputs, heads, dim]: what each input plane gets from outside. */
  readonly x: Float32Array;
  /** R [recurrent, heads, dim, dim]: plane i of a head gets R[i] h. */
  readonly weights: Float32Array;
  /** [planes, heads, dim] */
  readonly bias: Float32Array;
  /** The states before the first step [states, batch, heads, dim]; zeros when absent. */
  readonly first?: Float32Array;
}

export interface RecurrentOptions {
  readonly tiles: RecurrentTiles;
  /** "fused" when absent. */
  readonly order?: LoopOrder;
  /** Keep what the backward pass needs. */
  readonly keep?: boolean;
}

export interface RecurrentValues {
  /** [steps + 1, states, batch, heads, dim], the given ones first. */
  readonly states: Float32Array;
  /** [steps, batch, kept, heads, dim], where they are kept. */
  readonly kept?: Float32Array;
}

const product = (...sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/**
 * A recurrent network of heads over a whole sequence: g_t = R h_{t−1} + Wx_t + b in each head, and the cell on g_t.
 *
 * @throws KernelInputError for arrays that do not fill their shapes
 * @throws KernelTileError  for tiles that do not divide the shape or have no kernel
 */
export function recurrentForward(
  kernels: Kernels,
  shape: RecurrentShape,
  { x, weights, bias, first }: RecurrentInputs,
  { tiles, order = "fused", keep = false }: RecurrentOptions,
): RecurrentValues {
  requireShape(shape);
  requireTiles(kernels, shape, tiles);
  const { steps, batch, heads, dim } = shape;
  const layout = cellLayouts[shape.cell];
  const [states, planes, kept] = [layout.states.length, layout.planes.length, layout.kept.length];
  const { recurrent, inputs } = layout;
  requireLength("x", x, [steps, batch, inputs, heads, dim]);
  requireLength("weights", weights, [recurrent, heads, dim, dim]);
  requireLength("bias", bias, [planes, heads, dim]);
  if (first) requireLength("first", first, [states, batch, heads, dim]);
  const units = paddedDim(shape);
  const width = heads * units;
  const lengths = {
    plan: 32,
    x: product(steps, batch, inputs, width),
    given: weights.length,
    weights: product(recurrent, width, units),
    bias: planes * width,
    states: product(steps + 1, states, batch, width),
    saved: keep ? product(steps, batch, kept, width) : 0,
    sums: product(batch, recurrent, width),
  };
  const at = kernels.layOut(lengths);
  const floats = (name: keyof typeof lengths): Float32Array => kernels.floats(at[name], lengths[name]);
  copyRows(x, dim, floats("x"), units);
  floats("given").set(weights);
  copyRows(bias, dim, floats("bias"), units);
  const before = floats("states").subarray(0, states * batch * width);
  if (first) copyRows(first, dim, before, units);
  else before.fill(0);
  kernels.exports.packForward(at.given, at.weights, recurrent, heads, dim, units, tiles.vectors);
  kernels
    .integers(at.plan, 18)
    .set([
      ...[layout.number, steps, batch, heads, units],
      ...[tiles.resident, tiles.rows, tiles.vectors, tiles.block, 0, 0],
      ...[at.x, at.weights, at.bias, at.states, keep ? at.saved : 0, at.sums, 0],
    ]);
  if (order === "fused") kernels.exports.fusedForward(at.plan);
  else kernels.exports.alternatingForward(at.plan);
  const out = (name: "states" | "saved"): Float32Array => {
    if (units === dim) return floats(name).slice();
    const values = new Float32Array((lengths[name] / units) * dim);
    copyRows(floats(name), units, values, dim);
    return values;
  };
  return keep ? { states: out("states"), kept: out("saved") } : { states: out("states") };
}

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
 */
export function recurrentBackward(
  kernels: Kernels,
  shape: RecurrentShape,
  { weights, states, kept, outputs, last }: RecurrentBackwardInputs,
  { tiles, order = "fused" }: Pick<RecurrentOptions, "tiles" | "order">,
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
    weights: product(recurrent, width, units),
    states: product(steps + 1, stateCount, batch, width),
    saved: product(steps, batch, layout.kept.length, width),
    outside: product(steps, batch, width),
    carry: product(stateCount, batch, width),
    flow: product(batch, recurrent, width),
    gradients: product(steps, batch, layout.planes.length, width),
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
  const out = (name: "gradients" | "carry"): Float32Array => {
    if (units === dim) return floats(name).slice();
    const values = new Float32Array((lengths[name] / units) * dim);
    copyRows(floats(name), units, values, dim);
    return values;
  };
  return { planes: out("gradients"), first: out("carry") };
}
