import { arrayFrom, type DType } from "../dtype.ts";
import { fromArray } from "../record.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Constants are shared by all transforms of one length and dtype; this many of the latest are kept. */
const keptConstants = 64;
const constants = new Map<string, Tensor>();

export function remembered(key: string, shape: Shape, dtype: DType, make: () => Float64Array): Tensor {
  const name = `${key}|${dtype}`;
  const known = constants.get(name);
  const constant = known ?? fromArray(arrayFrom(dtype, make()), shape, dtype);
  constants.delete(name);
  constants.set(name, constant);
  if (constants.size > keptConstants) constants.delete(constants.keys().next().value as string);
  return constant;
}

/** e^{−2πi·product/n}; the product is reduced first, so that large ones lose nothing. */
export function root(product: number, n: number): [number, number] {
  const angle = (-2 * Math.PI * (product % n)) / n;
  return [Math.cos(angle), Math.sin(angle)];
}

/**
 * The transform as a real matrix over planes: [re; im] of length n to [re; im] of the first `bins` frequencies.
 *
 *   | C  −S |
 *   | S   C |     C + iS = e^{−2πi·jk/n}, rows k, columns j; the second block column is left out for a real input
 */
export function transformMatrix(n: number, bins: number, isReal: boolean, dtype: DType): Tensor {
  const columns = isReal ? n : 2 * n;
  return remembered(`dft|${n}|${bins}|${isReal}`, [2 * bins, columns], dtype, () => {
    const matrix = new Float64Array(2 * bins * columns);
    for (let k = 0; k < bins; k++)
      for (let j = 0; j < n; j++) {
        const [c, s] = root(j * k, n);
        matrix[k * columns + j] = c;
        matrix[(bins + k) * columns + j] = s;
        if (isReal) continue;
        matrix[k * columns + n + j] = -s;
        matrix[(bins + k) * columns + n + j] = c;
      }
    return matrix;
  });
}

/** A half spectrum [re; im] to n real values, divided by n: the inverse of `transformMatrix` for real inputs, [n, 2·bins]. */
export function halfInverseMatrix(n: number, dtype: DType): Tensor {
  const bins = Math.floor(n / 2) + 1;
  return remembered(`half|${n}`, [n, 2 * bins], dtype, () => {
    const matrix = new Float64Array(n * 2 * bins);
    for (let j = 0; j < n; j++)
      for (let k = 0; k < bins; k++) {
        const [c, s] = root(j * k, n);
        // Each frequency but the first and the middle one stands for its mirror image too.
        const weight = (k === 0 || 2 * k === n ? 1 : 2) / n;
        matrix[j * 2 * bins + k] = weight * c;
        matrix[j * 2 * bins + bins + k] = weight * s;
      }
    return matrix;
  });
}

/** Factors e^{−2πi·jk/n} between the two stages of a split transform: real [1, a, b] and signed imaginary parts [2, a, b]. */
export function twiddles(n: number, a: number, dtype: DType): [Tensor, Tensor] {
  const b = n / a;
  const part = (which: 0 | 1) => {
    const values = new Float64Array(n);
    for (let k = 0; k < a; k++) for (let j = 0; j < b; j++) values[k * b + j] = root(k * j, n)[which];
    return values;
  };
  const across = remembered(`cross|${n}|${a}`, [2, a, b], dtype, () => {
    const sine = part(1);
    return Float64Array.from([...sine.map((s) => -s), ...sine]);
  });
  return [remembered(`twiddle|${n}|${a}`, [1, a, b], dtype, () => part(0)), across];
}
