import { DomainError } from "../errors.ts";
import type { Backend } from "./backend.ts";
import { ortBackend } from "./ort.ts";
import { type Device, settings } from "./settings.ts";

const web = (provider: "wasm" | "webgpu"): Backend =>
  ortBackend(
    provider,
    async () => {
      const ort = await import("onnxruntime-web");
      if (settings.threads !== undefined) ort.env.wasm.numThreads = settings.threads;
      return ort as never;
    },
    () => ({
      executionProviders: provider === "wasm" ? ["wasm"] : ["webgpu", "wasm"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
    }),
  );

const made = new Map<Device, Backend>();

/** The backend for the device that is set; WebAssembly when none is. */
export function backend(): Backend {
  const device = settings.device === undefined || settings.device === "cpu" ? "wasm" : settings.device;
  if (device === "cuda") throw new DomainError("device cuda is not available in a browser: use wasm or webgpu");
  let known = made.get(device);
  if (!known) {
    known = web(device);
    made.set(device, known);
  }
  return known;
}
