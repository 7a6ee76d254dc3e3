import type { Device } from "@paperworks/lab";
import { InvalidArgumentError } from "commander";

/** The options of `run`, `demo` and `reproduce` as the command line gives them. */
export interface RunFlags {
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly seed?: number;
  readonly seeds?: number;
  readonly set?: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly device?: Device;
  readonly threads?: number;
  /** Seconds. */
  readonly timeout?: number;
  /** Bytes. */
  readonly memory?: number;
  readonly force?: boolean;
  readonly tensorboard?: boolean;
}

export const exitCodes = { success: 0, notReproduced: 1, badInput: 2, interrupted: 130 } as const;

export const deviceNames = ["cpu", "wasm", "webgpu", "cuda"] as const satisfies readonly Device[];

/** Reads a whole number of at least `least`. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It takes a whole number of ${least} or more.`);
  };
}

/** Reads `--set name=value`, given again and again. */
export function collectSetting(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It takes name=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
