import { DeviceError } from "./device-error.ts";
import type { OrtLibrary, Runtime } from "./runtime.ts";
import { type Device, settings } from "./settings.ts";
import { isIsolated, startWeb } from "./web.ts";
import { webGpuOptions } from "./webgpu-options.ts";

/** The part of WebGPU that is asked: whether there is an adapter. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

async function requireWebGpu(): Promise<void> {
  const { gpu } = globalThis.navigator as { gpu?: Gpu };
  if (!gpu)
    throw new DeviceError("webgpu", "this browser has no WebGPU (or the page is not served securely): use device wasm");
  if (!(await gpu.requestAdapter()))
    throw new DeviceError("webgpu", "this browser has WebGPU but found no graphics adapter for it: use device wasm");
}

/** Each library is a chunk of its own, whose URL its threads and its .wasm file are found by: import nothing beside it. */
const libraries = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};

const web = (device: "wasm" | "webgpu"): Runtime => ({
  device,
  writesOutputs: false,
  async library(threads) {
    if (device === "webgpu") await requireWebGpu();
    const library = await libraries[device]();
    startWeb(device, library.env, threads, isIsolated());
    return library as unknown as OrtLibrary;
  },
  options: (model) =>
    device === "webgpu"
      ? webGpuOptions(model)
      : { executionProviders: [device], graphOptimizationLevel: "all", logSeverityLevel: 3 },
  blame(error) {
    const message = error instanceof Error ? error.message : String(error);
    if (device === "webgpu" && /Provider type for Cast node/.test(message))
      return new DeviceError(device, `it has no float64: cast to float32, or use device wasm (${message.trim()})`, {
        cause: error,
      });
    if (!/no available backend found/.test(message)) return undefined;
    return new DeviceError(
      device,
      `the runtime's .wasm file could not be loaded from ${JSON.stringify(settings.wasmPaths ?? "beside its script")}; ` +
        `configure({ wasmPaths }) says where it is (${message})`,
      { cause: error },
    );
  },
});

const runtimes = { wasm: web("wasm"), webgpu: web("webgpu") };

/**
 * The runtime for a device in a browser; WebAssembly when none is named or the plain processor.
 * @throws DeviceError for a device that browsers do not have
 */
export function runtimeFor(device: Device | undefined): Runtime {
  if (device === undefined || device === "cpu") return runtimes.wasm;
  if (device === "cuda") throw new DeviceError(device, "a browser does not have it: use wasm or webgpu");
  return runtimes[device];
}

/** Bytes for which programs may keep room when nothing is set: a page does not learn how much memory there is. */
export const usualProgramMemory: number = 2 ** 30;
