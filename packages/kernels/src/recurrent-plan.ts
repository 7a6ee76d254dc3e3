import { KernelInputError, KernelTileError } from "./errors.ts";
import type { Kernels } from "./kernels.ts";
import { cellLayouts, type RecurrentCell } from "./recurrent-cells.ts";

/** The size of a recurrence: `heads` independent heads of `dim` units. */
export interface RecurrentShape {
  readonly cell: RecurrentCell;
  readonly steps: number;
  readonly batch: number;
  readonly heads: number;
  readonly dim: number;
}

/** How a recurrence is cut up. */
export interface RecurrentTiles {
  /** Heads that are run through all steps before the next ones; divides the heads. */
  readonly resident: number;
  /** Batch rows of a tile; divides the batch. */
  readonly rows: number;
  /** Vectors of four units of a tile; they divide a head's units, padded to a multiple of four. */
  readonly vectors: number;
  /** Depth of a product before the next rows take their turn, where a tile has not all of them; divides the padded units. */
  readonly block: number;
}

/** Which loop is outside: heads (each group's weights stay in the cache for all steps) or time (all weights at every step). */
export type LoopOrder = "fused" | "alternating";

/** Units of a head rounded up to whole vectors. */
export const paddedDim = ({ dim }: Pick<RecurrentShape, "dim">): number => 4 * Math.ceil(dim / 4);

/** @throws KernelInputError for sizes that are not whole and positive */
export function requireShape(shape: RecurrentShape): void {
  if (!Object.hasOwn(cellLayouts, shape.cell))
    throw new KernelInputError(`there is no cell "${shape.cell}"; expected ${Object.keys(cellLayouts).join(", ")}`);
  for (const [name, value] of Object.entries(shape)) {
    if (name !== "cell" && !(Number.isInteger(value) && (value as number) > 0))
      throw new KernelInputError(`${name} is ${value}; expected a whole number of at least 1`);
  }
}

/** @throws KernelInputError for an array that does not fill its shape */
export function requireLength(name: string, array: Float32Array, shape: readonly number[]): void {
  const length = sizeOf(...shape);
  if (array.length !== length)
    throw new KernelInputError(`${name} has ${array.length} numbers; expected ${length}, [${shape.join(", ")}]`);
}

/** @throws KernelTileError for a tile that does not divide the recurrence, or that no kernel was made for */
export function requireTiles(kernels: Kernels, shape: RecurrentShape, tiles: RecurrentTiles): void {
  const dim = paddedDim(shape);
  const divides: [keyof RecurrentTiles, number, number][] = [
    ["resident", tiles.resident, shape.heads],
    ["rows", tiles.rows, shape.batch],
    ["vectors", tiles.vectors, dim / 4],
    ["block", tiles.block, dim],
  ];
  for (const [name, value, whole] of divides) {
    if (!(Number.isInteger(value) && value > 0 && whole % value === 0))
      throw new KernelTileError(`the tile's ${name} is ${value}; expected a divisor of ${whole}`);
  }
  const { recurrent } = cellLayouts[shape.cell];
  if (!kernels.hasProduct(recurrent, tiles.rows, tiles.vectors))
    throw new KernelTileError(
      `no kernel has tiles of ${recurrent} gates × ${tiles.rows} rows × ${tiles.vectors} vectors; expected fewer`,
    );
}

/** The tile of the product with Rᵀ, which has one gate: as many vectors as divide a head, then rows. */
export function backwardTile(kernels: Kernels, shape: RecurrentShape): { rows: number; vectors: number } {
  const vectorsOfHead = paddedDim(shape) / 4;
  for (const vectors of [4, 3, 2, 1]) {
    if (vectorsOfHead % vectors !== 0) continue;
    for (let rows = Math.min(shape.batch, 8); rows > 1; rows--)
      if (shape.batch % rows === 0 && kernels.hasProduct(1, rows, vectors)) return { rows, vectors };
    if (vectors * 4 >= 8 || vectorsOfHead === vectors) return { rows: 1, vectors };
  }
  return { rows: 1, vectors: 1 };
}

/** Copies rows of `from` numbers to rows of `to` numbers, padding with zeros or leaving the rest behind. */
export function copyRows(source: Float32Array, from: number, target: Float32Array, to: number): void {
  if (from === to) {
    target.set(source);
    return;
  }
  const width = Math.min(from, to);
  for (let i = 0, at = 0; at < source.length; i++, at += from) {
    target.set(source.subarray(at, at + width), i * to);
    target.fill(0, i * to + width, (i + 1) * to);
  }
}

/** Rows of `from` numbers as a new array of rows of `to` numbers. */
export function rowsOf(source: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return source.slice();
  const rows = new Float32Array((source.length / from) * to);
  copyRows(source, from, rows, to);
  return rows;
}

export const sizeOf = (...sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
