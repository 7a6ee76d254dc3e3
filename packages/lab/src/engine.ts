import { EngineOptionError } from "./errors.ts";

export const devices = ["cpu", "wasm", "webgpu", "cuda"] as const;
export type Device = (typeof devices)[number];

export interface EngineOptions {
  readonly device?: Device;
  readonly threads?: number;
}

/**
 * Tells the engine where to run, before an experiment uses it. Without options the engine is not even loaded.
 * @throws EngineOptionError when the engine does not have what is asked for
 */
export async function configureEngine({ device, threads }: EngineOptions): Promise<void> {
  if (device === undefined && threads === undefined) return;
  const { configure } = await import("@paperworks/tensor");
  try {
    await configure({ device, threads });
  } catch (error) {
    throw new EngineOptionError((error as Error).message, { cause: error });
  }
}
