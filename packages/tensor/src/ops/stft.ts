import { arrayFrom, requireFloat, requireSameDType } from "../dtype.ts";
import { DomainError, requireWhole, ShapeError } from "../errors.ts";
import { fromArray } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Complex, checkComplex } from "./complex.ts";
import { inverseRealDft, realDft } from "./dft.ts";
import { mul } from "./elementwise.ts";
import { gather, segmentSum } from "./indexing.ts";
import { pad, permute, reshape, slice, transpose } from "./movement.ts";

export type WindowName = "hann" | "hamming" | "rectangular";

export interface StftOptions {
  /** Samples a frame, and length of its transform. */
  frame: number;
  /** Samples from one frame to the next; a quarter of the frame when absent. */
  hop?: number;
  /** A periodic window by name, or its `frame` values. */
  window?: WindowName | readonly number[];
  /** Frames are centred on their times: the signal is continued on both sides by half a frame, mirrored. */
  center?: boolean;
}

interface Frames {
  frame: number;
  hop: number;
  window: Float64Array;
  center: boolean;
}

function framesOf(name: string, { frame, hop, window = "hann", center = true }: StftOptions): Frames {
  requireWhole(`${name}: frame`, frame, 1);
  const step = hop ?? Math.max(1, Math.floor(frame / 4));
  requireWhole(`${name}: hop`, step, 1);
  const [offset, swing] = { hann: [0.5, 0.5], hamming: [0.54, 0.46], rectangular: [1, 0], given: [0, 0] }[
    typeof window === "string" ? window : "given"
  ];
  const values =
    typeof window === "string"
      ? Float64Array.from({ length: frame }, (_, i) => offset - swing * Math.cos((2 * Math.PI * i) / frame))
      : Float64Array.from(window);
  if (values.length !== frame)
    throw new DomainError(`${name}: a window of ${values.length} values for frames of ${frame}`);
  return { frame, hop: step, window: values, center };
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Frames are runs of blocks of the greatest length that divides frame and hop: block ids [frames, frame/block]. */
function blocksOf(frames: number, { frame, hop }: Frames): { block: number; ids: Int32Array; count: number } {
  const block = divisor(frame, hop);
  const each = frame / block;
  const step = hop / block;
  const ids = Int32Array.from({ length: frames * each }, (_, i) => Math.floor(i / each) * step + (i % each));
  return { block, ids, count: (frames - 1) * step + each };
}

const windowTensor = ({ window }: Frames, like: Tensor): Tensor =>
  fromArray(arrayFrom(like.dtype, window), [window.length], like.dtype);

/** Both ends continued by their mirror image, the end itself not repeated. */
function mirrored(x: Tensor, by: number): Tensor {
  const n = x.shape[1];
  if (by >= n)
    throw new ShapeError(
      `stft: ${n} samples cannot be mirrored by half a frame of ${by}; pad them, or set center to false`,
    );
  const source = Int32Array.from({ length: n + 2 * by }, (_, i) => {
    const at = Math.abs(i - by);
    return at < n ? at : 2 * (n - 1) - at;
  });
  return gather(x, fromArray(source, [source.length]), 1);
}

/**
 * Short-time Fourier transform: windowed frames of a signal, each transformed (as PyTorch's `stft`, one-sided).
 *
 *   X[f, t] = Σ_i w_i·x[t·hop + i]·e^{−2πi·fi/frame}
 *
 * @param x [..., samples]
 * @returns parts of shape [..., ⌊frame/2⌋ + 1, frames], frames = ⌊(samples − frame)/hop⌋ + 1 (of the continued signal)
 * @throws ShapeError if the signal is shorter than a frame
 */
export function stft(x: Tensor, options: StftOptions): Complex {
  const setting = framesOf("stft", options);
  requireFloat("stft", x.dtype);
  if (x.shape.length === 0) throw new ShapeError("stft needs at least one axis, got a scalar");
  const lead = x.shape.slice(0, -1);
  const flat = reshape(x, [sizeOf(lead), x.shape[x.shape.length - 1]]);
  const signal = setting.center ? mirrored(flat, Math.floor(setting.frame / 2)) : flat;
  const samples = signal.shape[1];
  if (samples < setting.frame)
    throw new ShapeError(`stft: ${formatShape(x.shape)} is shorter than a frame of ${setting.frame} samples`);
  const count = Math.floor((samples - setting.frame) / setting.hop) + 1;
  const { block, ids, count: blocks } = blocksOf(count, setting);
  const used = reshape(slice(signal, [{ axis: 1, start: 0, end: blocks * block }]), [sizeOf(lead), blocks, block]);
  const frames = reshape(gather(used, fromArray(ids, [count, setting.frame / block]), 1), [
    ...lead,
    count,
    setting.frame,
  ]);
  const { real, imaginary } = realDft(mul(frames, windowTensor(setting, x)));
  return { real: transpose(real), imaginary: transpose(imaginary) };
}

/** Frames [rows, count, frame] added up where they overlap: [rows, (count − 1)·hop + frame]. */
function overlapAdd(frames: Tensor, setting: Frames): Tensor {
  const [rows, count, frame] = frames.shape;
  const { block, ids, count: blocks } = blocksOf(count, setting);
  const pieces = reshape(frames, [rows, count * (frame / block), block]);
  const total = segmentSum(permute(pieces, [1, 0, 2]), fromArray(ids, [ids.length]), blocks);
  return reshape(permute(total, [1, 0, 2]), [rows, blocks * block]);
}

/** 1 / Σ_t w²[i − t·hop], what the overlapping windows weigh at each sample; 0 where none reaches. */
function windowWeights(count: number, { frame, hop, window }: Frames): Float64Array {
  const weights = new Float64Array((count - 1) * hop + frame);
  for (let t = 0; t < count; t++) for (let i = 0; i < frame; i++) weights[t * hop + i] += window[i] ** 2;
  return weights.map((w) => (w > 1e-11 ? 1 / w : 0));
}

/**
 * The signal of a short-time Fourier transform: frames transformed back, windowed again, added where they overlap and divided
 * by the sum of the squared windows, the least-squares inverse (Griffin and Lim, 1984). Exact wherever a window reaches.
 *
 * @param x              parts of shape [..., ⌊frame/2⌋ + 1, frames]
 * @param options.length samples wanted; those no frame covers are 0
 * @returns              [..., samples]
 * @throws ShapeError if the frequencies do not fit the frame
 */
export function istft(x: Complex, options: StftOptions & { length?: number }): Tensor {
  const setting = framesOf("istft", options);
  checkComplex("istft", x);
  const { shape, dtype } = x.real;
  const { frame, center } = setting;
  const bins = Math.floor(frame / 2) + 1;
  if (shape.length < 2 || shape[shape.length - 2] !== bins || shape[shape.length - 1] === 0)
    throw new ShapeError(`istft: ${formatShape(shape)} is not [..., ${bins}, frames], as frames of ${frame} need`);
  requireSameDType("istft", dtype, x.imaginary.dtype);
  const lead = shape.slice(0, -2);
  const count = shape[shape.length - 1];
  const parts = { real: transpose(x.real), imaginary: transpose(x.imaginary) };
  const frames = mul(inverseRealDft(parts, { length: frame }), windowTensor(setting, x.real));
  const total = overlapAdd(reshape(frames, [sizeOf(lead), count, frame]), setting);
  const weights = windowWeights(count, setting);
  const signal = mul(total, fromArray(arrayFrom(dtype, weights), [weights.length], dtype));
  const edge = center ? Math.floor(frame / 2) : 0;
  const length = options.length ?? weights.length - 2 * edge;
  requireWhole("istft: length", length);
  const end = Math.min(edge + length, weights.length);
  const kept = slice(signal, [{ axis: 1, start: edge, end }]);
  return reshape(pad(kept, [{ axis: 1, before: 0, after: edge + length - end }]), [...lead, length]);
}
