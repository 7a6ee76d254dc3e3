import { Kernels } from "./kernels.ts";

/**
 * A module whose only function is a relaxed multiply-add:
 *
 *   (func (param v128 v128 v128) (result v128) local.get 0 local.get 1 local.get 2 f32x4.relaxed_madd)
 */
const relaxedProbe = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
);

/** Whether the host has relaxed multiply-add, which fuses product and sum where the processor can. */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedProbe);

const loaded = new Map<boolean, Promise<Kernels>>();

/**
 * The kernels, compiled once in this process or page.
 *
 * @param relaxed with relaxed multiply-add; as the host has it when absent
 */
export function loadKernels({ relaxed = hasRelaxedSimd() }: { relaxed?: boolean } = {}): Promise<Kernels> {
  let kernels = loaded.get(relaxed);
  if (!kernels) {
    kernels = instantiate(relaxed);
    loaded.set(relaxed, kernels);
  }
  return kernels;
}

async function instantiate(relaxed: boolean): Promise<Kernels> {
  const text = relaxed
    ? (await import("./assembled/relaxed.ts")).relaxed
    : (await import("./assembled/plain.ts")).plain;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes);
  return new Kernels(instance.exports, relaxed);
}
