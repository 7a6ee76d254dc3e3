import type { ConvolutionInOrder, Emitter } from "../../onnx/emitter.ts";
import type { LowerContext } from "../../primitive.ts";
import { type Shape, sameShape, sizeOf } from "../../shape.ts";
import { planeShape } from "./line-as-plane.ts";

/*
 * The ways into the runtime's blocked layout [N, C/b, positions, b] and out of it. From channels that come last, [N, positions, C],
 * it is one transposition of whole blocks, and where there is one block none at all: so the transpositions around a
 * convolution over a sequence vanish.
 */

/** The runtime's operators on blocked data. */
export const convDomain = "com.microsoft.nchwc";

export const reorderInput = (emit: Emitter, name: string): string => emit.one("ReorderInput", [name], {}, convDomain);
export const reorderOutput = (emit: Emitter, name: string, channels: number): string =>
  emit.one("ReorderOutput", [name], { channels: { int: channels } }, convDomain);

/** Values of a plain shape [N, C, ...spatial], in blocks. */
export function toBlocks(emit: Emitter, name: string, shape: Shape): string {
  const own = emit.blocksOf(name, shape);
  if (own !== undefined) return own;
  const last = emit.withChannelsLast(name, shape);
  if (last === undefined) return emit.recent(`blocks ${name}`, () => reorderInput(emit, name));
  const [batch, channels, ...spatial] = shape;
  const parts = [batch, sizeOf(spatial), channels / emit.block, emit.block];
  return emit.reshape(swapMiddle(emit, last, parts), shape);
}

/** Blocked values of a plain shape [N, C, ...spatial], in plain order. */
export function fromBlocks(emit: Emitter, name: string, [batch, channels, ...spatial]: Shape): string {
  const plain = reorderOutput(emit, name, channels);
  const parts = [batch, channels / emit.block, sizeOf(spatial), emit.block];
  emit.noteBlocks(plain, name, [batch, channels, ...spatial]);
  // Whoever asks for the channels last gets them from the blocks; a plain order that nobody asks for is not computed.
  emit.offerChannelsLast(plain, [batch, channels], (shape) => emit.reshape(swapMiddle(emit, name, parts), shape));
  return plain;
}

/** A result in blocks under its plain shape, a plane's or a line's. */
export function resultFromBlocks(emit: Emitter, name: string, shape: Shape): string {
  const plain = fromBlocks(emit, name, planeShape(shape));
  return shape.length === 3 ? emit.reshape(plain, shape) : plain;
}

/**
 * a + b inside the convolution that makes one of them, which adds as it writes and spares a pass over memory: for a result that is
 * still in blocks, or whose channels come last and are one block, and that nobody else reads.
 *
 * @returns undefined where it is not so
 */
export function addInConvolution({ emit, names, inputs, outputs: [{ shape }], readsAlone }: LowerContext<unknown>) {
  if (inputs.some((spec) => spec.dtype !== "float32" || !sameShape(spec.shape, shape))) return undefined;
  const own = names.findIndex((name, i) => emit.convolutionOf(name) !== undefined && readsAlone(i));
  if (own < 0) return undefined;
  const { inputs: operands, attributes, shape: blocked } = emit.convolutionOf(names[own]) as ConvolutionInOrder;
  const other = emit.reshape(names[1 - own], blocked);
  const sum = emit.one("Conv", [...operands, "", other], attributes, convDomain);
  return sameShape(shape, blocked) ? sum : emit.reshape(sum, shape);
}

/** Rows and columns of zeros around a plane, or, where negative, those cut away. */
export interface Border {
  readonly before: Shape;
  readonly after: Shape;
}

/** A plane's lengths with its border. */
export const bordered = (lengths: Shape, { before, after }: Border): number[] =>
  lengths.map((n, i) => before[i] + n + after[i]);

/**
 * Blocked planes with a border, and of them every `stride`th position: a depthwise convolution with the kernel 1, because the
 * runtime pads and cuts on one thread.
 *
 * @param shape of x [N, C, H, W]
 * @returns     in blocks
 */
export function borderBlocks(emit: Emitter, x: string, shape: Shape, border: Border, stride: Shape = [1, 1]): string {
  const [batch, channels, height, width] = shape;
  const pads = [...border.before, ...border.after];
  if (pads.every((n) => n === 0) && stride.every((s) => s === 1)) return emit.reshape(x, shape);
  const geometry = { strides: { ints: stride }, group: { int: channels }, kernel_shape: { ints: [1, 1] } };
  const ones = emit.full([channels, 1, 1, 1], 1, "float32");
  if (pads.every((n) => n >= 0))
    return emit.one("Conv", [emit.reshape(x, shape), ones], { ...geometry, pads: { ints: pads } }, convDomain);
  const { block } = emit;
  const rows = emit.reshape(x, [(batch * channels) / block, height, width * block]);
  const ends = [pads[0], pads[1] * block, 0, pads[2], pads[3] * block];
  const cut = emit.one("Pad", [rows, emit.int64([0, ...ends]), emit.scalar(0, "float32")]);
  const planes = [batch, channels, ...bordered([height, width], border)];
  return borderBlocks(emit, cut, planes, { before: [0, 0], after: [0, 0] }, stride);
}

function swapMiddle(emit: Emitter, name: string, parts: Shape): string {
  if (parts[1] === 1 || parts[2] === 1) return name;
  return emit.one("Transpose", [emit.reshape(name, parts)], { perm: { ints: [0, 2, 1, 3] } });
}
