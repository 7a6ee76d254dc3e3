import { DomainError } from "../errors.ts";
import { type Backend, threadsFor } from "./backend.ts";
import { ortBackend } from "./ort.ts";
import { type Device, settings } from "./settings.ts";

const native = (provider: "cpu" | "cuda" | "webgpu"): Backend =>
  ortBackend(
    provider,
    async () => (await import("onnxruntime-node")) as never,
    (program) => ({
      executionProviders: provider === "cpu" ? ["cpu"] : [provider, "cpu"],
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      // 0: a thread for every core.
      intraOpNumThreads: threadsFor(program) ?? 0,
      ...(settings.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: settings.profile }),
      // A chain that decays to denormal numbers would run eight times slower.
      extra: { session: { set_denormal_as_zero: "1" } },
    }),
  );

const made = new Map<Device, Backend>();

/** The backend for the device that is set; the native CPU when none is. */
export function backend(): Backend {
  const device = settings.device ?? "cpu";
  if (device === "wasm") throw new DomainError("device wasm is not available on Node yet: use cpu");
  let known = made.get(device);
  if (!known) {
    known = native(device);
    made.set(device, known);
  }
  return known;
}
