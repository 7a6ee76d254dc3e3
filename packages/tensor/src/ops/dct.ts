import { requireFloat } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import { fromArray } from "../record.ts";
import { formatShape, normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { complexMul } from "./complex.ts";
import { dft } from "./dft.ts";
import { remembered, root } from "./dft-constants.ts";
import { mul } from "./elementwise.ts";
import { gather } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { transpose } from "./movement.ts";

export interface DctOptions {
  axis?: number;
  /** 2, or 3: its inverse up to a factor of 2n. */
  type?: 2 | 3;
  /** Scaled so that the matrix is orthogonal: type 3 is then the inverse of type 2. */
  orthonormal?: boolean;
}

/** Up to this length one product with the whole matrix; a Fourier transform of the same length beyond. */
const directLength = 512;

/** cos(π·product/2n), the product reduced first. */
const cosine = (product: number, n: number): number => root(product, 4 * n)[0];

/** Rows k, columns j: 2·cos(π(2j + 1)k/2n), scaled for the orthonormal form. */
function matrixOfTypeTwo(n: number, orthonormal: boolean): Float64Array {
  const matrix = new Float64Array(n * n);
  for (let k = 0; k < n; k++)
    for (let j = 0; j < n; j++) matrix[k * n + j] = 2 * scaleOf(k, n, orthonormal) * cosine((2 * j + 1) * k, n);
  return matrix;
}

const scaleOf = (k: number, n: number, orthonormal: boolean): number =>
  orthonormal ? 1 / Math.sqrt((k === 0 ? 4 : 2) * n) : 1;

/** The matrix of type 3 is the transpose of type 2, but that without scaling the first value counts half. */
function matrixOfTypeThree(n: number, orthonormal: boolean): Float64Array {
  const two = matrixOfTypeTwo(n, orthonormal);
  const matrix = new Float64Array(n * n);
  for (let j = 0; j < n; j++)
    for (let k = 0; k < n; k++) matrix[j * n + k] = two[k * n + j] * (k === 0 && !orthonormal ? 0.5 : 1);
  return matrix;
}

/** The order x₀ x₂ x₄ … x₅ x₃ x₁. */
const evensThenOdds = (n: number): number[] => [
  ...Array.from({ length: Math.ceil(n / 2) }, (_, i) => 2 * i),
  ...Array.from({ length: Math.floor(n / 2) }, (_, i) => 2 * Math.floor(n / 2) - 1 - 2 * i),
];

const reordered = (x: Tensor, order: readonly number[]): Tensor =>
  gather(x, fromArray(Int32Array.from(order), [order.length]), -1);

/** Last axis of x by one Fourier transform of the same length (Makhoul, 1980); e^{−πik/2n} turns the phases. */
function byFourier(x: Tensor, type: 2 | 3, orthonormal: boolean): Tensor {
  const n = x.shape[x.shape.length - 1];
  const key = `dct|${n}|${type}|${orthonormal}`;
  const phase = (which: 0 | 1) =>
    remembered(`${key}|${which}`, [n], x.dtype, () =>
      Float64Array.from({ length: n }, (_, k) => {
        const half = type === 3 && k === 0 && !orthonormal ? 0.5 : 1;
        return 2 * half * scaleOf(k, n, orthonormal) * root(k, 4 * n)[which];
      }),
    );
  const turn = { real: phase(0), imaginary: phase(1) };
  const order = evensThenOdds(n);
  if (type === 2) return complexMul(dft(reordered(x, order)), turn).real;
  const turned = { real: mul(x, turn.real), imaginary: mul(x, turn.imaginary) };
  return reordered(
    dft(turned).real,
    order.map((_, i) => order.indexOf(i)),
  );
}

/**
 * Discrete cosine transform along an axis (the conventions of SciPy):
 *
 *   type 2   X_k = 2 Σ_j x_j·cos(π(2j + 1)k/2n)
 *   type 3   x_j = X₀ + 2 Σ_{k ≥ 1} X_k·cos(π(2j + 1)k/2n)
 *
 * orthonormal: type 2 times √(1/4n) for k = 0 and √(1/2n) for the others, and type 3 its transpose.
 *
 * @param x [..., n, ...] float
 * @returns the shape of x
 */
export function dct(x: Tensor, options: DctOptions = {}): Tensor {
  const { axis = -1, type = 2, orthonormal = false } = options;
  requireFloat("dct", x.dtype);
  if (type !== 2 && type !== 3) throw new DomainError(`dct: the type must be 2 or 3, got ${type}`);
  const at = normalizeAxis("dct", axis, x.shape.length);
  const n = x.shape[at];
  if (n === 0) throw new ShapeError(`dct over an empty axis of ${formatShape(x.shape)} has no value`);
  const last = at === x.shape.length - 1;
  const rows = last ? x : transpose(x, at, -1);
  const y = n <= directLength ? direct(rows, type, orthonormal) : byFourier(rows, type, orthonormal);
  return last ? y : transpose(y, at, -1);
}

function direct(x: Tensor, type: 2 | 3, orthonormal: boolean): Tensor {
  const n = x.shape[x.shape.length - 1];
  const make = type === 2 ? matrixOfTypeTwo : matrixOfTypeThree;
  const matrix = remembered(`dct|${n}|${type}|${orthonormal}`, [n, n], x.dtype, () => make(n, orthonormal));
  return matmul(x, matrix.transpose());
}
