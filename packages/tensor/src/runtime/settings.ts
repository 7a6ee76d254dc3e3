import { DomainError } from "../errors.ts";

export const devices = ["cpu", "wasm", "webgpu", "cuda"] as const;
export type Device = (typeof devices)[number];

export interface RuntimeSettings {
  /** Where programs run: native CPU on Node, WebAssembly in a browser, unless said otherwise. */
  device: Device | undefined;
  /**
   * Threads of one program; when undefined all cores, or one for a program of small kernels. The WebAssembly runtime takes
   * one number for all programs, fixed from the first one on; all cores when undefined, or 1 where a page is not
   * cross-origin isolated.
   */
  threads: number | undefined;
  /**
   * Looks for values that are not finite in what each program computes, and names the operation that made the first of them.
   * Read when a program is compiled.
   */
  debug: boolean;
  /** Writes the runtime's own profile of each program to files that begin so. For finding where time goes. */
  profile: string | undefined;
  /**
   * Bytes of intermediate values for which compiled programs may keep room between their calls, estimated from their graphs; when
   * undefined a quarter of the machine's memory, or 1 GiB in a browser. Beyond it those that were not called for longest are
   * put away, and compiled again when they are.
   */
  programMemory: number | undefined;
  /**
   * Where the WebAssembly runtime's files are: a URL they are all under, or the URL of each. When undefined beside the
   * runtime's script, where bundlers put them. Read when the runtime starts.
   */
  wasmPaths: string | { wasm?: string | URL; mjs?: string | URL } | undefined;
}

export const settings: RuntimeSettings = {
  device: undefined,
  threads: undefined,
  debug: false,
  profile: undefined,
  programMemory: undefined,
  wasmPaths: undefined,
};

/** The settings for programs compiled from now on. */
export const configuration = (): Readonly<RuntimeSettings> => ({ ...settings });

/** Sets the device and the number of threads for programs compiled from now on. */
export function configure(changes: Partial<RuntimeSettings>): void {
  const { threads, device, programMemory } = changes;
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1))
    throw new DomainError(`threads must be a whole number of at least 1, got ${threads}`);
  if (programMemory !== undefined && !(programMemory >= 0))
    throw new DomainError(`programMemory must be a number of bytes, got ${programMemory}`);
  if (device !== undefined && !devices.includes(device))
    throw new DomainError(`device must be one of ${devices.join(", ")}, got ${device}`);
  Object.assign(settings, changes);
}
