import { backend } from "#backend";
import { lowerProgram } from "./onnx/lower.ts";
import { conv } from "./ops/conv.ts";
import { fromArray } from "./record.ts";
import type { Backend } from "./runtime/backend.ts";
import type { Tensor } from "./tensor.ts";

const wave = (size: number, shape: readonly number[]): Tensor =>
  fromArray(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * i + 1)),
    shape,
  );

const known = new WeakMap<Backend, Promise<number>>();

/** How many channels the backend's blocked convolutions take together (16 with AVX-512, 8 with AVX2), 0 where it has none. */
export function blockOf(backend: Backend): Promise<number> {
  let block = known.get(backend);
  if (!block) {
    block = probe(backend);
    known.set(backend, block);
  }
  return block;
}

/**
 * How many channels a convolution takes together on this device: 16 or 8 where the runtime's blocked convolutions run, 0 where
 * only the plain ones do. A measurement of a convolution's speed says little without it.
 */
export const convolutionBlock = (): Promise<number> => blockOf(backend());

/** Tries each size on a small convolution: a wrong one gives other values than the plain operator, or fails. */
async function probe(backend: Backend): Promise<number> {
  if (backend.name !== "cpu") return 0;
  const channels = 32;
  const x = wave(channels * 20, [1, channels, 4, 5]);
  const targets = [
    conv(x, wave(channels * channels * 9, [channels, channels, 3, 3]), { padding: 1 }),
    conv(x, wave(channels * 9, [channels, 1, 3, 3]), { padding: 1, groups: channels }),
  ];
  const run = async (block: number): Promise<Float32Array[]> => {
    const program = lowerProgram(targets, { block });
    const executable = await backend.compile(program, 1);
    try {
      const feeds = program.inputs.map(({ tensor: { held, shape, dtype } }) => ({
        data: held as Float32Array,
        shape,
        dtype,
      }));
      return (await executable.run(feeds, [undefined, undefined])) as Float32Array[];
    } finally {
      await executable.dispose();
    }
  };
  const plain = await run(0);
  for (const block of [16, 8]) {
    try {
      const blocked = await run(block);
      if (plain.every((y, i) => y.every((value, j) => Math.abs(value - blocked[i][j]) < 1e-3))) return block;
    } catch {
      // A runtime without these operators.
    }
  }
  return 0;
}
