import type { ConvolutionInOrder, Emitter } from "../onnx/emitter.ts";
import type { LowerContext } from "../primitive.ts";
import { type Shape, sameShape, sizeOf } from "../shape.ts";

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
  const last = emit.withChannelsLast(name, shape);
  if (last === undefined) return reorderInput(emit, name);
  const [batch, channels, ...spatial] = shape;
  const parts = [batch, sizeOf(spatial), channels / emit.block, emit.block];
  return emit.reshape(swapMiddle(emit, last, parts), shape);
}

/** Blocked values of a plain shape [N, C, ...spatial], in plain order. */
export function fromBlocks(emit: Emitter, name: string, [batch, channels, ...spatial]: Shape): string {
  const plain = reorderOutput(emit, name, channels);
  const parts = [batch, channels / emit.block, sizeOf(spatial), emit.block];
  // Whoever asks for the channels last gets them from the blocks; a plain order that nobody asks for is not computed.
  emit.offerChannelsLast(plain, [batch, channels], (shape) => emit.reshape(swapMiddle(emit, name, parts), shape));
  return plain;
}

/**
 * a + b inside the convolution that makes one of them, which adds as it writes and spares a pass over memory: for channels that come
 * last and are one block, and a convolution that nobody else reads.
 *
 * @returns undefined where it is not so
 */
export function addInConvolution({ emit, names, inputs, outputs: [{ shape }], readsAlone }: LowerContext<unknown>) {
  if (inputs.some((spec) => spec.dtype !== "float32" || !sameShape(spec.shape, shape))) return undefined;
  const own = names.findIndex((name, i) => emit.convolutionOf(name) !== undefined && readsAlone(i));
  if (own < 0) return undefined;
  const { inputs: operands, attributes, shape: blocked } = emit.convolutionOf(names[own]) as ConvolutionInOrder;
  const other = emit.reshape(names[1 - own], blocked);
  return emit.reshape(emit.one("Conv", [...operands, "", other], attributes, convDomain), shape);
}

function swapMiddle(emit: Emitter, name: string, parts: Shape): string {
  if (parts[1] === 1 || parts[2] === 1) return name;
  return emit.one("Transpose", [emit.reshape(name, parts)], { perm: { ints: [0, 2, 1, 3] } });
}
