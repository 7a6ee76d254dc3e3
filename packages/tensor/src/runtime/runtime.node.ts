import { totalmem } from "node:os";
import { byteProductsSaturate, exactByteProducts, hasByteProducts } from "./byte-products.ts";
import { DeviceError } from "./device-error.ts";
import { readingHalfPrecision } from "./half-precision.ts";
import type { OrtLibrary, Runtime } from "./runtime.ts";
import { type Device, settings } from "./settings.ts";
import { startWeb } from "./web.ts";
import { withoutNormFusion } from "./webgpu-options.ts";

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What each device takes, said when the runtime does not find it. */
const needs = {
  cuda:
    "it takes an NVIDIA driver, CUDA 12 with cuDNN 9, and the runtime's CUDA libraries " +
    '("npm rebuild onnxruntime-node --foreground-scripts" with ONNXRUNTIME_NODE_INSTALL=cuda12 fetches them, Linux x64)',
  webgpu: "it takes a graphics driver with Vulkan (on Debian libvulkan1 and mesa-vulkan-drivers), Metal or Direct3D 12",
};

/**
 * Frees one block of almost 32 MB, never touched, from which the C library's allocator learns to keep what is freed: it gave
 * the results of every step back to the system, whose fresh pages took a step of the character transformer 5 of 100 ms.
 */
const keepFreedMemory = (): unknown => new ArrayBuffer(2 ** 25 - 2 ** 13).transfer(0);

/** @throws DeviceError if the native library is not installed, or not for this machine */
async function nativeLibrary(device: Device): Promise<OrtLibrary> {
  try {
    keepFreedMemory();
    return readingHalfPrecision((await import("onnxruntime-node")) as unknown as OrtLibrary);
  } catch (error) {
    throw new DeviceError(
      device,
      `the package onnxruntime-node cannot be loaded on ${process.platform} ${process.arch}: install it, ` +
        `or use --device wasm, configure({ device: "wasm" }), which needs no native library (${textOf(error)})`,
      { cause: error },
    );
  }
}

const native = (device: "cpu" | "cuda" | "webgpu"): Runtime => ({
  device,
  writesOutputs: true,
  library: () => nativeLibrary(device),
  options: async (model, threads) => ({
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    graphOptimizationLevel: "all",
    logSeverityLevel: device === "cpu" ? 3 : 4,
    // 0: a thread for every core.
    intraOpNumThreads: threads ?? 0,
    ...(settings.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: settings.profile }),
    // One block planned for a whole step takes twice the memory that is ever in use, and saves no time.
    enableMemPattern: false,
    extra: {
      // A chain that decays to denormal numbers would run eight times slower. Threads that went on spinning after a program
      // would take the cores from the next one: a step of training and one of validation in turn took up to five times as long.
      session: {
        set_denormal_as_zero: "1",
        force_spinning_stop: "1",
        ...(hasByteProducts(model) && (await byteProductsSaturate(await nativeLibrary(device)))
          ? exactByteProducts
          : {}),
      },
      ...withoutNormFusion,
    },
  }),
  blame(error) {
    if (device === "cpu" || !/shared library|CUDA|adapter|webgpu_context|not bundled|backend/i.test(textOf(error)))
      return undefined;
    return new DeviceError(device, `not found here; ${needs[device]} (${textOf(error).trim()})`, { cause: error });
  },
});

const wasm: Runtime = {
  device: "wasm",
  writesOutputs: false,
  async library(threads) {
    const library = await import("onnxruntime-web");
    // Node shares memory among its threads everywhere.
    startWeb("wasm", library.env, threads, true);
    return library as unknown as OrtLibrary;
  },
  options: () => ({ executionProviders: ["wasm"], graphOptimizationLevel: "all", logSeverityLevel: 3 }),
};

const runtimes: Record<Device, Runtime> = {
  cpu: native("cpu"),
  cuda: native("cuda"),
  webgpu: native("webgpu"),
  wasm,
};

/** Bytes for which programs may keep room when nothing is set. Asked once: the system reads a file for it. */
export const usualProgramMemory: number = totalmem() / 4;

/** The runtime for a device on Node; the native processor when none is named. */
export const runtimeFor = (device: Device | undefined): Runtime => runtimes[device ?? "cpu"];
