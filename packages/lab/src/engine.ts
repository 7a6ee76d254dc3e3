import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EngineOptionError } from "./errors.ts";

export const devices = ["cpu", "wasm", "webgpu", "cuda"] as const;
export type Device = (typeof devices)[number];

export interface EngineOptions {
  readonly device?: Device;
  readonly threads?: number;
  /** Bytes for which compiled programs may keep room between their calls. */
  readonly programMemory?: number;
}

/**
 * Tells the engine where to run, before an experiment uses it. Without options the engine is not even loaded.
 * @throws EngineOptionError when the engine does not have what is asked for
 */
export async function configureEngine({ device, threads, programMemory }: EngineOptions): Promise<void> {
  if (device === undefined && threads === undefined && programMemory === undefined) return;
  if (device !== undefined && device !== "cpu") await probeDevice(device);
  const { configure } = await import("@paperworks/tensor");
  try {
    configure({ device, threads, programMemory });
  } catch (error) {
    throw new EngineOptionError((error as Error).message, { cause: error });
  }
}

/** Tries a device in a process of its own: a driver that is missing may write what it likes there, or crash. */
async function probeDevice(device: Device): Promise<void> {
  const probe = fileURLToPath(new URL("probe-device.ts", import.meta.url));
  const { failed, output } = await new Promise<{ failed: boolean; output: string }>((resolve) => {
    execFile(process.execPath, [probe, device], { timeout: 60_000 }, (error, output) =>
      resolve({ failed: error !== null, output }),
    );
  });
  if (!failed) return;
  const reason = output.split("\n")[0].slice(0, 200) || "the runtime crashed when it was tried";
  throw new EngineOptionError(`device ${device} is not available here (${reason})`);
}
