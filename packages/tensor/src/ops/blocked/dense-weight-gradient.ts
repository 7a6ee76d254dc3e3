import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvGeometry, onnxGeometry } from "../conv-geometry.ts";
import { type Border, borderBlocks, bordered, convDomain, reorderInput, reorderOutput, toBlocks } from "./order.ts";

/*
 * The weight gradient of a dense convolution as a convolution of its own,
 *
 *   dw[o, c, i, j] = Σ_n Σ_p Σ_q  x[n, c, s·p + i, t·q + j] · g[n, o, p, q]        (x with its padding)
 *
 * where examples are the channels and g is the kernel. A kernel has few positions (i, j), too few for the operator to use
 * what it has loaded. So a row of x is laid out as w·C + c, the channel of a position beside the next: then j·C + c is one axis
 * along which the kernel g slides, with the dilation t·C, and a row of outputs has a place for every channel.
 */

/** Whether it serves: blocks of examples and outputs that are at least half full, and kernel positions that lie side by side. */
export function fitsDenseGradient({ block }: Emitter, x: Spec, weight: Spec, geometry: ConvGeometry): boolean {
  if (block === 0 || x.dtype !== "float32" || x.shape.length !== 4 || sizeOf(x.shape) === 0) return false;
  const [out, , ...kernel] = weight.shape;
  const { groups, stride, dilation } = geometry;
  if (groups !== 1 || out % fillable !== 0 || !nearlyFills(out, block) || !nearlyFills(x.shape[0], block)) return false;
  if (sizeOf(kernel) === 1 && stride.every((s) => s === 1)) return false;
  return kernel[1] === 1 || dilation[1] === 1;
}

/** The runtime fills a last block with zeros where this divides the number of channels. */
const fillable = 4;

/** Half of what is computed may be zeros that fill a block. */
const nearlyFills = (count: number, block: number): boolean => 2 * count >= filledUpTo(count, block);

/** The least number of whole blocks that holds so many. */
const filledUpTo = (count: number, block: number): number => Math.ceil(count / block) * block;

/** @returns the name of dw [out, channels, ...kernel] */
export function denseWeightGradient(
  emit: Emitter,
  [x, g]: readonly [string, string],
  [xSpec, gSpec]: readonly [Spec, Spec],
  [out, channels, ...kernel]: Shape,
  geometry: ConvGeometry,
): string {
  const { block } = emit;
  const [batch, ...rest] = xSpec.shape;
  const rests = batch % fillable;
  if (rests !== 0) {
    const count = batch + fillable - rests;
    const names = [filledUp(emit, x, xSpec, count), filledUp(emit, g, gSpec, count)] as const;
    const specs = [
      { ...xSpec, shape: [count, ...rest] },
      { ...gSpec, shape: [count, ...gSpec.shape.slice(1)] },
    ] as const;
    return denseWeightGradient(emit, names, specs, [out, channels, ...kernel], geometry);
  }
  const positions = gSpec.shape.slice(2);
  const run = channels % block === 0 ? block : channels;
  const parts = channels / run;
  const { name: examples, stride } =
    run === block
      ? wholeBlocks(emit, x, xSpec.shape, positions, kernel, geometry)
      : fewChannels(emit, x, xSpec.shape, positions, kernel, geometry);
  // Each block of examples is a group, so that there is work for every thread; the groups are added up.
  const groups = filledUpTo(batch, block) / block;
  const outs = filledUpTo(out, block);
  const weights = emit.reshape(kernelsOf(emit, g, gSpec), [groups * outs, block, ...positions]);
  const none = [0, 0];
  const sliding = {
    stride: [geometry.dilation[0], 1],
    before: none,
    after: none,
    dilation: [stride[0], stride[1] * run],
    groups,
  };
  const y = emit.one("Conv", [examples, weights], onnxGeometry(sliding, positions), convDomain);
  const sums = emit.reshape(reorderOutput(emit, y, groups * outs), [parts, groups, outs, sizeOf(kernel), run]);
  const total = groups === 1 ? sums : emit.reduce("ReduceSum", sums, [1], false, xSpec.dtype);
  const all = emit.reshape(total, [parts, outs, sizeOf(kernel), run]);
  const lines = outs === out ? all : emit.one("Slice", [all, emit.int64([0]), emit.int64([out]), emit.int64([1])]);
  const ordered = emit.one("Transpose", [lines], { perm: { ints: [1, 0, 3, 2] } });
  return emit.reshape(ordered, [out, channels, ...kernel]);
}

/** g [N, O, P, Q] as kernels for a block of examples each: [N/b, O/b, P·Q, b of N, b of O]. */
function kernelsOf(emit: Emitter, g: string, { shape }: Spec): string {
  const { block } = emit;
  const [batch, out, ...positions] = shape;
  const [groups, places] = [Math.ceil(batch / block), sizeOf(positions)];
  const blocks = emit.blocksOf(g, shape);
  if (blocks === undefined) {
    // [N, O, P·Q] → [N/b, O, P·Q, b of N]
    const once = reorderInput(emit, emit.reshape(g, [1, batch, out, places]));
    return reorderInput(emit, emit.reshape(once, [groups, out, places, block]));
  }
  // [N, O/b, P·Q, b of O] → [N/b, O/b, P·Q, b of O, b of N], and each square of it turned round
  const once = reorderInput(emit, emit.reshape(blocks, [1, batch, out, places]));
  return reorderInput(emit, emit.reshape(once, [(groups * out * places) / block, block, block, 1]));
}

/** Examples of zeros behind the others. */
function filledUp(emit: Emitter, name: string, { shape, dtype }: Spec, count: number): string {
  const none = shape.map(() => 0);
  const ends = emit.int64([...none, count - shape[0], ...none.slice(1)]);
  return emit.one("Pad", [name, ends, emit.scalar(0, dtype)]);
}

/** What the windows read of x [N, C, H, W], as rows of [parts, N, h, w·run] in blocks of examples, and how they step over it. */
interface Rows {
  name: string;
  stride: Shape;
}

/** The padding of x, less what no window reads. */
function borderOf(lengths: Shape, positions: Shape, kernel: Shape, geometry: ConvGeometry): Border {
  const { stride, dilation, before } = geometry;
  const read = positions.map((n, i) => (n - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1);
  return { before, after: read.map((n, i) => n - before[i] - lengths[i]) };
}

/** A part for each block of channels. */
function wholeBlocks(
  emit: Emitter,
  x: string,
  shape: Shape,
  positions: Shape,
  kernel: Shape,
  geometry: ConvGeometry,
): Rows {
  const { block } = emit;
  const [batch, channels, ...lengths] = shape;
  const parts = channels / block;
  // A kernel of one position reads every `stride`th position, and these are all that is carried on.
  const point = sizeOf(kernel) === 1;
  const border = point ? geometry : borderOf(lengths, positions, kernel, geometry);
  const read = borderBlocks(emit, toBlocks(emit, x, shape), shape, border, point ? geometry.stride : [1, 1]);
  const [height, width] = point ? positions : bordered(lengths, border);
  const planes = emit.reshape(read, [batch, parts, height * width * block]);
  const outermost = parts === 1 ? planes : emit.one("Transpose", [planes], { perm: { ints: [1, 0, 2] } });
  const name = reorderInput(emit, emit.reshape(outermost, [parts, batch, height, width * block]));
  return { name, stride: point ? [1, 1] : geometry.stride };
}

/** One part of all channels. */
function fewChannels(
  emit: Emitter,
  x: string,
  [batch, channels, ...lengths]: Shape,
  positions: Shape,
  kernel: Shape,
  geometry: ConvGeometry,
): Rows {
  const { block } = emit;
  const { before, after } = borderOf(lengths, positions, kernel, geometry);
  const blocked = reorderInput(emit, emit.reshape(x, [1, batch, channels, sizeOf(lengths)]));
  const filled = filledUpTo(batch, block);
  const split = emit.reshape(blocked, [filled / block, channels, sizeOf(lengths), block]);
  const rows = emit.one("Transpose", [split], { perm: { ints: [0, 2, 1, 3] } });
  const wide = ([vertical, horizontal]: Shape): Shape => [vertical, horizontal * channels];
  const border = { before: wide(before), after: wide(after) };
  return { name: borderBlocks(emit, rows, [1, filled, ...wide(lengths)], border), stride: geometry.stride };
}
