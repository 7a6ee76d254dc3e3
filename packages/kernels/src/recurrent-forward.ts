import type { Kernels } from "./kernels.ts";
import { cellLayouts } from "./recurrent-cells.ts";
import {
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

/**
 * A recurrent network of heads over a whole sequence: g_t = R h_{t−1} + Wx_t + b in each head, and the cell on g_t.
 *
 * Its numbers lie in the kernels' memory until that is laid out anew, by the next of these or any other call: until then it may
 * run again, and what it gives may be read.
 */
export class ForwardPass {
  readonly #kernels: Kernels;
  readonly #dim: number;
  readonly #units: number;
  readonly #lengths: { plan: number; states: number; saved: number };
  readonly #at: { plan: number; states: number; saved: number };

  /**
   * @throws KernelInputError for arrays that do not fill their shapes, or more than the memory holds
   * @throws KernelTileError  for tiles that do not divide the shape or have no kernel
   */
  constructor(
    kernels: Kernels,
    shape: RecurrentShape,
    { x, weights, bias, first }: RecurrentInputs,
    { tiles, keep = false }: Pick<RecurrentOptions, "tiles" | "keep">,
  ) {
    requireShape(shape);
    requireTiles(kernels, shape, tiles);
    const { steps, batch, heads, dim } = shape;
    const { number, recurrent, inputs, ...names } = cellLayouts[shape.cell];
    const [states, planes, kept] = [names.states.length, names.planes.length, names.kept.length];
    requireLength("x", x, [steps, batch, inputs, heads, dim]);
    requireLength("weights", weights, [recurrent, heads, dim, dim]);
    requireLength("bias", bias, [planes, heads, dim]);
    if (first) requireLength("first", first, [states, batch, heads, dim]);
    const units = paddedDim(shape);
    const width = heads * units;
    const lengths = {
      plan: 32,
      x: sizeOf(steps, batch, inputs, width),
      given: weights.length,
      weights: sizeOf(recurrent, width, units),
      bias: planes * width,
      states: sizeOf(steps + 1, states, batch, width),
      saved: keep ? sizeOf(steps, batch, kept, width) : 0,
      sums: sizeOf(batch, recurrent, width),
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
        ...[number, steps, batch, heads, units],
        ...[tiles.resident, tiles.rows, tiles.vectors, tiles.block, 0, 0],
        ...[at.x, at.weights, at.bias, at.states, keep ? at.saved : 0, at.sums, 0],
      ]);
    this.#kernels = kernels;
    this.#dim = dim;
    this.#units = units;
    this.#lengths = lengths;
    this.#at = at;
  }

  /** Runs all steps; copies nothing. */
  run(order: LoopOrder = "fused"): void {
    const { fusedForward, alternatingForward } = this.#kernels.exports;
    if (order === "fused") fusedForward(this.#at.plan);
    else alternatingForward(this.#at.plan);
  }

  /** [steps + 1, states, batch, heads, dim], the given ones first. */
  states(): Float32Array {
    return rowsOf(this.#kernels.floats(this.#at.states, this.#lengths.states), this.#units, this.#dim);
  }

  /** [steps, batch, kept, heads, dim], where they are kept; undefined where not. */
  kept(): Float32Array | undefined {
    const { saved } = this.#lengths;
    return saved === 0 ? undefined : rowsOf(this.#kernels.floats(this.#at.saved, saved), this.#units, this.#dim);
  }
}

/** A `ForwardPass` from arrays to arrays. */
export function recurrentForward(
  kernels: Kernels,
  shape: RecurrentShape,
  inputs: RecurrentInputs,
  { order, ...options }: RecurrentOptions,
): RecurrentValues {
  const pass = new ForwardPass(kernels, shape, inputs, options);
  pass.run(order);
  const kept = pass.kept();
  return kept ? { states: pass.states(), kept } : { states: pass.states() };
}
