import { arrayFrom, type DType, requireFloat } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import { fromArray } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { perAxis } from "./conv-geometry.ts";
import { gather } from "./indexing.ts";
import { matmul } from "./matmul.ts";
import { expand, reshape } from "./movement.ts";

export type ResizeMode = "nearest" | "linear" | "cubic";

export interface ResizeOptions {
  /** The spatial lengths wanted: one number for all axes, or one an axis. Either this or `scale`. */
  size?: number | readonly number[];
  /** Factors: the new length is ⌊length·scale⌋, and positions are counted with the factor itself. */
  scale?: number | readonly number[];
  mode?: ResizeMode;
  /** The centres of the corner pixels stay corners (linear and cubic only). */
  alignCorners?: boolean;
}

/** Where along one axis each new position reads, and with which weights. */
interface Taps {
  indices: number[];
  weights: number[];
}

interface Axis {
  from: number;
  to: number;
  /** Old positions for a number of new ones: from to for a size, 1 to the factor for a scale (a quotient, so that whole results are exact). */
  ratio: readonly [number, number];
}

/** The constant of Keys' cubic kernel that PyTorch uses. */
const cubicA = -0.75;

function cubicWeights(t: number): number[] {
  const near = (x: number) => ((cubicA + 2) * x - (cubicA + 3)) * x * x + 1;
  const far = (x: number) => ((cubicA * x - 5 * cubicA) * x + 8 * cubicA) * x - 4 * cubicA;
  return [far(t + 1), near(t), near(1 - t), far(2 - t)];
}

const oldPosition = (i: number, [over, under]: Axis["ratio"]): number => (i * over) / under;

function tapsOf(i: number, { from, to, ratio }: Axis, mode: ResizeMode, alignCorners: boolean): Taps {
  const inside = (index: number) => Math.min(Math.max(index, 0), from - 1);
  if (mode === "nearest") return { indices: [inside(Math.floor(oldPosition(i, ratio)))], weights: [1] };
  const place = alignCorners ? (to > 1 ? (i * (from - 1)) / (to - 1) : 0) : oldPosition(i + 0.5, ratio) - 0.5;
  if (mode === "linear") {
    const at = Math.max(place, 0);
    const first = Math.floor(at);
    return { indices: [inside(first), inside(first + 1)], weights: [1 - (at - first), at - first] };
  }
  const first = Math.floor(place);
  return { indices: [-1, 0, 1, 2].map((d) => inside(first + d)), weights: cubicWeights(place - first) };
}

/** The interpolation of one axis as a matrix [to, from]; taps beyond the border count for the border. */
function interpolationMatrix(axis: Axis, mode: ResizeMode, alignCorners: boolean, dtype: DType): Tensor {
  const matrix = new Float64Array(axis.to * axis.from);
  for (let i = 0; i < axis.to; i++) {
    const { indices, weights } = tapsOf(i, axis, mode, alignCorners);
    indices.forEach((index, k) => {
      matrix[i * axis.from + index] += weights[k];
    });
  }
  return fromArray(arrayFrom(dtype, matrix), [axis.to, axis.from], dtype);
}

/** x [..., from, ...] times the matrix along one axis. */
function alongAxis(x: Tensor, at: number, matrix: Tensor): Tensor {
  const after = x.shape.slice(at + 1);
  const shape = [...x.shape.slice(0, at), matrix.shape[0], ...after];
  if (after.length === 0) return matmul(x, matrix.transpose());
  const blocks = reshape(x, [sizeOf(x.shape.slice(0, at)), x.shape[at], sizeOf(after)]);
  return reshape(matmul(matrix, blocks), shape);
}

/** Every element of an axis repeated in place: one copy, whose derivative is one sum. */
function repeated(x: Tensor, times: readonly number[]): Tensor {
  const split = x.shape.flatMap((n, axis) => (axis < 2 ? [n] : [n, 1]));
  const wide = x.shape.flatMap((n, axis) => (axis < 2 ? [n] : [n, times[axis - 2]]));
  return reshape(
    expand(reshape(x, split), wide),
    x.shape.map((n, axis) => (axis < 2 ? n : n * times[axis - 2])),
  );
}

function targetAxes(x: Tensor, { size, scale }: ResizeOptions): Axis[] {
  const lengths = x.shape.slice(2);
  if ((size === undefined) === (scale === undefined))
    throw new DomainError("resize needs either size or scale, and got both or neither");
  if (size !== undefined) {
    const to = perAxis("resize: size", size, lengths.length, 1);
    return lengths.map((from, i) => ({ from, to: to[i], ratio: [from, to[i]] }));
  }
  const factors = typeof scale === "number" ? lengths.map(() => scale) : [...(scale as readonly number[])];
  if (factors.length !== lengths.length || factors.some((f) => !(f > 0) || !Number.isFinite(f)))
    throw new DomainError(
      `resize: scale must be a positive number, or one for each of the ${lengths.length} spatial axes; got ${JSON.stringify(scale)}`,
    );
  return lengths.map((from, i) => {
    const to = Math.floor(from * factors[i]);
    if (to < 1) throw new ShapeError(`resize: a scale of ${factors[i]} leaves nothing of ${formatShape(x.shape)}`);
    return { from, to, ratio: [1, factors[i]] };
  });
}

function checkMode(x: Tensor, mode: ResizeMode, alignCorners: boolean): void {
  requireFloat("resize", x.dtype);
  const axes = x.shape.length - 2;
  const fits = mode === "cubic" ? axes === 2 : axes >= 1 && axes <= 3;
  if (!fits)
    throw new ShapeError(
      `resize: ${mode} needs [batch, channels, ...spatial] with ${mode === "cubic" ? "two" : "one to three"} spatial axes, got ${formatShape(x.shape)}`,
    );
  if (x.shape.slice(2).includes(0)) throw new ShapeError(`resize of an empty axis of ${formatShape(x.shape)}`);
  if (mode === "nearest" && alignCorners)
    throw new DomainError("resize: alignCorners has no meaning for the mode nearest");
}

/**
 * Spatial axes brought to another length by interpolation, with the conventions of PyTorch's `interpolate` (without
 * antialiasing). New position i reads the old position
 *
 *   nearest                   ⌊i·step⌋
 *   linear, cubic             (i + ½)·step − ½         (below 0 it is 0 for linear)
 *   with alignCorners         i·(from − 1)/(to − 1)
 *
 * where step = from/to for a `size` and 1/scale for a `scale`. Cubic is Keys' kernel with a = −0.75; taps beyond the border
 * read the border. Interpolation is separable and linear: every axis is one product with a constant matrix, so derivatives
 * of all orders are exact. Faster than two gathers and a blend in every case measured; an infinite pixel makes NaN of
 * the whole line, though (0·∞). Nearest only copies.
 *
 * @param x [batch, channels, ...spatial], one to three spatial axes (two for cubic)
 * @returns [batch, channels, ...size]
 * @throws ShapeError for another rank or an empty spatial axis, DomainError for sizes or scales that are none
 */
export function resize(x: Tensor, options: ResizeOptions): Tensor {
  const { mode = "nearest", alignCorners = false } = options;
  checkMode(x, mode, alignCorners);
  const axes = targetAxes(x, options);
  if (mode === "nearest") return nearest(x, axes);
  // Axes that shrink go first, so that the others have less to do.
  const order = axes.map((_, i) => i).sort((i, j) => axes[i].to / axes[i].from - axes[j].to / axes[j].from);
  return order.reduce((y, i) => {
    const unchanged = axes[i].from === axes[i].to && (alignCorners || axes[i].ratio[0] === axes[i].ratio[1]);
    return unchanged ? y : alongAxis(y, i + 2, interpolationMatrix(axes[i], mode, alignCorners, x.dtype));
  }, x);
}

function nearest(x: Tensor, axes: readonly Axis[]): Tensor {
  const whole = axes.every(({ from, to, ratio: [over, under] }) => to % from === 0 && over * (to / from) === under);
  if (whole)
    return repeated(
      x,
      axes.map(({ from, to }) => to / from),
    );
  return axes.reduce((y, axis, i) => {
    const source = Array.from({ length: axis.to }, (_, k) => tapsOf(k, axis, "nearest", false).indices[0]);
    const unchanged = axis.from === axis.to && source.every((s, k) => s === k);
    return unchanged ? y : gather(y, fromArray(Int32Array.from(source), [axis.to]), i + 2);
  }, x);
}
