import {
  cellLayouts,
  type LoopOrder,
  loadKernels,
  type RecurrentShape,
  type RecurrentTiles,
  recurrentBackward,
  recurrentForward,
} from "@paperworks/kernels";
import { fromArray, type Tensor } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import { chooseTiles } from "./solver/tile-problem.ts";

const floats = async (tensor: Tensor): Promise<Float32Array> => (await tensor.data()) as Float32Array;

const chosen = new Map<string, RecurrentTiles>();

/** The solver's tiles for a shape that have kernels, found once. */
export async function kernelTiles(shape: Omit<RecurrentShape, "steps">): Promise<RecurrentTiles> {
  const key = `${shape.cell} ${shape.batch} ${shape.heads} ${shape.dim}`;
  const known = chosen.get(key);
  if (known) return known;
  const kernels = await loadKernels();
  const { recurrent } = cellLayouts[shape.cell];
  const tiles = chooseTiles(shape, { works: ({ rows, vectors }) => kernels.hasProduct(recurrent, rows, vectors) });
  chosen.set(key, tiles);
  return tiles;
}

export interface KernelFormOptions {
  order: LoopOrder;
  tiles?: RecurrentTiles;
}

/** The recurrence in one call of a WebAssembly kernel. Arguments and results are those of `scanForward`. */
export async function kernelForward(
  cell: Cell,
  wx: Tensor,
  r: Tensor,
  bias: Tensor,
  first: Tensor | undefined,
  keep: boolean,
  { order, tiles }: KernelFormOptions,
): Promise<{ states: Tensor; gates?: Tensor }> {
  const [steps, batch, , heads, dim] = wx.shape;
  const shape = { cell, steps, batch, heads, dim };
  const given = {
    x: await floats(wx),
    weights: await floats(r),
    bias: await floats(bias),
    first: first && (await floats(first)),
  };
  const options = { tiles: tiles ?? (await kernelTiles(shape)), order, keep };
  const { states, kept } = recurrentForward(await loadKernels(), shape, given, options);
  const { states: names, kept: gates } = cellLayouts[cell];
  return {
    states: fromArray(states, [steps + 1, names.length, batch, heads, dim]),
    gates: kept && fromArray(kept, [steps, batch, gates.length, heads, dim]),
  };
}

/** The way back in one call. Arguments and results are those of `scanBackward`. */
export async function kernelBackward(
  cell: Cell,
  r: Tensor,
  states: Tensor,
  gates: Tensor,
  outputs: Tensor,
  last: Tensor | undefined,
  { order, tiles }: KernelFormOptions,
): Promise<{ planes: Tensor; first: Tensor }> {
  const [steps, batch, heads, dim] = outputs.shape;
  const shape = { cell, steps, batch, heads, dim };
  const given = {
    weights: await floats(r),
    states: await floats(states),
    kept: await floats(gates),
    outputs: await floats(outputs),
    last: last && (await floats(last)),
  };
  const options = { tiles: tiles ?? (await kernelTiles(shape)), order };
  const { planes, first } = recurrentBackward(await loadKernels(), shape, given, options);
  const { planes: names, states: stateNames } = cellLayouts[cell];
  return {
    planes: fromArray(planes, [steps, batch, names.length, heads, dim]),
    first: fromArray(first, [stateNames.length, batch, heads, dim]),
  };
}
