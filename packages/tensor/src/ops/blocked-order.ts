import type { Emitter } from "../onnx/emitter.ts";
import { type Shape, sizeOf } from "../shape.ts";

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

function swapMiddle(emit: Emitter, name: string, parts: Shape): string {
  if (parts[1] === 1 || parts[2] === 1) return name;
  return emit.one("Transpose", [emit.reshape(name, parts)], { perm: { ints: [0, 2, 1, 3] } });
}
