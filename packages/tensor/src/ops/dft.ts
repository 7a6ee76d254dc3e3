import { requireFloat } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type Complex, checkComplex, complexMul } from "./complex.ts";
import { halfInverseMatrix, remembered, root, transformMatrix, twiddles } from "./dft-constants.ts";
import { add, mul, neg } from "./elementwise.ts";
import { flip } from "./flip-and-roll.ts";
import { matmul } from "./matmul.ts";
import { concat, pad, permute, reshape, select, slice } from "./movement.ts";

/** Up to this length one product with the whole matrix is faster than two smaller ones with twiddles between. */
const directLength = 256;
/** The largest first factor of a split. */
const largestFactor = 64;
/** Lengths whose smallest split leaves a prime above this become a convolution of a smooth length. */
const largestPrime = 1024;

export interface DftOptions {
  axis?: number;
  /** Where the factor stands: 1/n at the inverse ("backward"), 1/√n at both ("ortho"), 1/n at the forward transform. */
  normalization?: "backward" | "ortho" | "forward";
}

/** The largest divisor of n that is at most `most`. */
function divisorUpTo(n: number, most: number): number {
  for (let d = Math.min(most, n); d > 1; d--) if (n % d === 0) return d;
  return 1;
}

/** z [rows, 2, n] (or [rows, 1, n], a real input) → [rows, 2, n]: the unscaled transform of each row. */
function transform(z: Tensor): Tensor {
  const [rows, planes, n] = z.shape;
  if (n <= directLength) return direct(z);
  const a = divisorUpTo(n, largestFactor);
  if (a === 1) return n <= largestPrime ? direct(z) : chirp(z);
  /*
   * With j = b·j₁ + j₂ and k = k₁ + a·k₂ the sum falls into two:
   *   X[k] = Σ_{j₂} e^{−2πi·j₂k₂/b} · e^{−2πi·j₂k₁/n} · Σ_{j₁} x[b·j₁ + j₂]·e^{−2πi·j₁k₁/a}
   */
  const b = n / a;
  const first = matmul(transformMatrix(a, a, planes === 1, z.dtype), reshape(z, [rows, planes * a, b]));
  const [cosine, across] = twiddles(n, a, z.dtype);
  const inner = reshape(first, [rows, 2, a, b]);
  const turned = add(mul(inner, cosine), mul(flip(inner, 1), across));
  const second = transform(reshape(permute(turned, [0, 2, 1, 3]), [rows * a, 2, b]));
  return reshape(permute(reshape(second, [rows, a, 2, b]), [0, 2, 3, 1]), [rows, 2, n]);
}

function direct(z: Tensor): Tensor {
  const [rows, planes, n] = z.shape;
  const matrix = transformMatrix(n, n, planes === 1, z.dtype);
  return reshape(matmul(reshape(z, [rows, planes * n]), matrix.transpose()), [rows, 2, n]);
}

const partsOf = (z: Tensor): Complex => ({ real: select(z, 1, 0), imaginary: select(z, 1, 1) });
const joined = ({ real, imaginary }: Complex): Tensor => {
  const [rows, n] = real.shape;
  return reshape(concat([real, imaginary], 1), [rows, 2, n]);
};

/**
 * A long prime length as a convolution (Bluestein, 1970): with w_k = e^{−πi·k²/n}, jk = (j² + k² − (k − j)²)/2 gives
 * X_k = w_k·Σ_j (x_j·w_j)·conj(w_{k − j}), computed by transforms of a length that splits.
 */
function chirp(z: Tensor): Tensor {
  const [, planes, n] = z.shape;
  let m = 1;
  while (m < 2 * n - 1) m *= 2;
  const wave = (which: 0 | 1) =>
    remembered(`chirp|${n}|${which}`, [n], z.dtype, () =>
      Float64Array.from({ length: n }, (_, k) => root(k * k, 2 * n)[which]),
    );
  const factor = { real: wave(0), imaginary: wave(1) };
  // The kernel conj(w) at −(n − 1) … n − 1, around the circle of length m.
  const kernel = (which: 0 | 1) =>
    remembered(`kernel|${n}|${which}`, [1, m], z.dtype, () => {
      const values = new Float64Array(m);
      for (let k = 0; k < n; k++) {
        const value = root(k * k, 2 * n)[which] * (which === 1 ? -1 : 1);
        values[k] = value;
        if (k > 0) values[m - k] = value;
      }
      return values;
    });
  const parts = planes === 1 ? { real: select(z, 1, 0), imaginary: mul(select(z, 1, 0), 0) } : partsOf(z);
  const scaled = joined(complexMul(parts, factor));
  const signal = partsOf(transform(pad(scaled, [{ axis: 2, before: 0, after: m - n }])));
  const spectrum = partsOf(transform(joined({ real: kernel(0), imaginary: kernel(1) })));
  // The inverse transform is the forward one of swapped parts, swapped.
  const product = complexMul(signal, spectrum);
  const back = partsOf(transform(joined({ real: product.imaginary, imaginary: product.real })));
  const head = (t: Tensor) => mul(slice(t, [{ axis: 1, start: 0, end: n }]), 1 / m);
  return joined(complexMul({ real: head(back.imaginary), imaginary: head(back.real) }, factor));
}

/** A tensor with one axis moved to the end as rows [rows, n], and the way back. */
function rowsAlong(operation: string, x: Tensor, axis: number) {
  requireFloat(operation, x.dtype);
  const at = normalizeAxis(operation, axis, x.shape.length);
  const n = x.shape[at];
  if (n === 0) throw new ShapeError(`${operation} over an empty axis of ${formatShape(x.shape)} has no value`);
  const others = x.shape.map((_, a) => a).filter((a) => a !== at);
  const order = [...others, at];
  const lead = others.map((a) => x.shape[a]);
  const isLast = at === x.shape.length - 1;
  const inverse = order.map((_, i) => order.indexOf(i));
  return {
    n,
    rows: (t: Tensor) => reshape(isLast ? t : permute(t, order), [sizeOf(lead), t.shape[at]]),
    back: (t: Tensor) => {
      const shaped = reshape(t, [...lead, t.shape[1]]);
      return isLast ? shaped : permute(shaped, inverse);
    },
  };
}

const scaleOf = (n: number, inverse: boolean, normalization: DftOptions["normalization"] = "backward"): number =>
  normalization === "ortho" ? 1 / Math.sqrt(n) : (normalization === "backward") === inverse ? 1 / n : 1;

const scaled = (x: Tensor, factor: number): Tensor => (factor === 1 ? x : mul(x, factor));

/**
 * Discrete Fourier transform along an axis, of any length:
 *
 *   X_k = Σ_j x_j·e^{−2πi·jk/n}
 *
 * Complex numbers are pairs of tensors `{ real, imaginary }`. Lowered as products with cosine and sine matrices: one up to
 * length 256, and for longer ones a split n = a·b with twiddle factors between (repeated), which costs n·(a + b + …) instead of
 * n²; a long prime length becomes a convolution. All of it is differentiable as composed.
 *
 * @param x a real tensor or a complex pair, float
 * @returns real and imaginary parts, shape of x
 * @throws ShapeError for an empty axis or parts that differ
 */
export function dft(x: Tensor | Complex, { axis = -1, normalization }: DftOptions = {}): Complex {
  const isReal = x instanceof Tensor;
  if (!isReal) checkComplex("dft", x);
  const { n, rows, back } = rowsAlong("dft", isReal ? x : x.real, axis);
  const real = rows(isReal ? x : x.real);
  const z = isReal ? reshape(real, [real.shape[0], 1, n]) : joined({ real, imaginary: rows(x.imaginary) });
  const parts = partsOf(transform(z));
  const factor = scaleOf(n, false, normalization);
  return { real: scaled(back(parts.real), factor), imaginary: scaled(back(parts.imaginary), factor) };
}

/** The inverse of `dft`: x_j = (1/n)·Σ_k X_k·e^{2πi·jk/n}. */
export function idft(x: Complex, { axis = -1, normalization }: DftOptions = {}): Complex {
  checkComplex("idft", x);
  const { n, rows, back } = rowsAlong("idft", x.real, axis);
  const parts = partsOf(transform(joined({ real: rows(x.imaginary), imaginary: rows(x.real) })));
  const factor = scaleOf(n, true, normalization);
  return { real: scaled(back(parts.imaginary), factor), imaginary: scaled(back(parts.real), factor) };
}

/**
 * The transform of real values: the first ⌊n/2⌋ + 1 frequencies, of which the others are mirror images (X_{n−k} = conj X_k).
 *
 * @param x [..., n, ...]
 * @returns parts of shape [..., ⌊n/2⌋ + 1, ...]
 */
export function realDft(x: Tensor, { axis = -1, normalization }: DftOptions = {}): Complex {
  const { n, rows, back } = rowsAlong("realDft", x, axis);
  const bins = Math.floor(n / 2) + 1;
  const flat = rows(x);
  const factor = scaleOf(n, false, normalization);
  const parts =
    n <= directLength
      ? partsOf(reshape(matmul(flat, transformMatrix(n, bins, true, x.dtype).transpose()), [flat.shape[0], 2, bins]))
      : partsOf(slice(transform(reshape(flat, [flat.shape[0], 1, n])), [{ axis: 2, start: 0, end: bins }]));
  return { real: scaled(back(parts.real), factor), imaginary: scaled(back(parts.imaginary), factor) };
}

/**
 * The inverse of `realDft`: n real values from ⌊n/2⌋ + 1 frequencies. The imaginary parts of the first frequency, and of the
 * middle one of an even length, do not matter.
 *
 * @param options.length n; when absent the even one, 2·(frequencies − 1)
 */
export function inverseRealDft(x: Complex, options: DftOptions & { length?: number } = {}): Tensor {
  const { axis = -1, normalization } = options;
  checkComplex("inverseRealDft", x);
  const { n: bins, rows, back } = rowsAlong("inverseRealDft", x.real, axis);
  const { length: n = 2 * (bins - 1) } = options;
  if (!Number.isInteger(n) || n < 1 || Math.floor(n / 2) + 1 !== bins)
    throw new DomainError(
      `inverseRealDft: ${bins} frequencies belong to ${2 * bins - 2} or ${2 * bins - 1} values, not ${n}`,
    );
  const half = { real: rows(x.real), imaginary: rows(x.imaginary) };
  const factor = scaleOf(n, true, normalization);
  if (n <= directLength) {
    // This matrix divides by n already.
    const product = matmul(concat([half.real, half.imaginary], 1), halfInverseMatrix(n, x.real.dtype).transpose());
    return normalization === undefined || normalization === "backward" ? back(product) : mul(back(product), factor * n);
  }
  const whole = mirrored(half, n);
  const parts = partsOf(transform(joined({ real: whole.imaginary, imaginary: whole.real })));
  return scaled(back(parts.imaginary), factor);
}

/** The whole spectrum of real values from its half: rows [rows, ⌊n/2⌋ + 1] → [rows, n]. */
function mirrored({ real, imaginary }: Complex, n: number): Complex {
  const bins = real.shape[1];
  const middle = 2 * (bins - 1) === n ? bins - 1 : bins;
  const inner = (t: Tensor) => flip(slice(t, [{ axis: 1, start: 1, end: middle }]), 1);
  const zero = (t: Tensor) => mul(t, 0);
  const edges = (t: Tensor): Tensor[] => {
    const first = slice(t, [{ axis: 1, start: 0, end: 1 }]);
    const body = slice(t, [{ axis: 1, start: 1, end: middle }]);
    const last = middle < bins ? [zero(slice(t, [{ axis: 1, start: middle, end: bins }]))] : [];
    return [zero(first), body, ...last];
  };
  return {
    real: concat([real, inner(real)], 1),
    imaginary: concat([...edges(imaginary), neg(inner(imaginary))], 1),
  };
}
