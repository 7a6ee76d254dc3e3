import type { Tensor } from "../../src/index.ts";

/** Makes a tensor of the dtype under test; a vector without a shape. */
export type Make = (values: number[], shape?: number[]) => Tensor;

/** An operation on tensors of one dtype, with operands every dtype can hold: small, positive, without ties or zeros. */
export type OfOneDtype = (make: Make) => Tensor | Tensor[];

/** Rows by the export they try; a word behind the name tells two forms of one export apart. */
export type DtypeTable = Readonly<Record<string, OfOneDtype>>;

/** Fits `Object.entries` of functions that all take the same operands. */
export const rows = <F>(functions: Readonly<Record<string, F>>, wrap: (f: F) => OfOneDtype): DtypeTable =>
  Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, wrap(f)]));

export const vector =
  (f: (x: Tensor) => Tensor | Tensor[]): OfOneDtype =>
  (make) =>
    f(make([1, 2, 3, 5]));

export const pair =
  (f: (a: Tensor, b: Tensor) => Tensor | Tensor[]): OfOneDtype =>
  (make) =>
    f(make([7, 2, 5, 9]), make([2, 3, 1, 4]));

/** [2, 3] */
export const matrix =
  (f: (x: Tensor) => Tensor | Tensor[]): OfOneDtype =>
  (make) =>
    f(make([1, 5, 2, 4, 3, 6], [2, 3]));

/** A picture [1, 1, 3, 3] and a kernel [1, 1, 2, 2]. */
export const picture =
  (f: (x: Tensor, kernel: Tensor) => Tensor | Tensor[]): OfOneDtype =>
  (make) =>
    f(make([1, 5, 2, 4, 3, 6, 7, 9, 8], [1, 1, 3, 3]), make([1, 2, 3, 4], [1, 1, 2, 2]));
