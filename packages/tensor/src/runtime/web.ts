import type { Env } from "onnxruntime-common";
import { DeviceError } from "./device-error.ts";
import type { Device } from "./settings.ts";
import { settings } from "./settings.ts";

/** The scope may be a page, a worker or Node: only these parts of it are asked. */
interface Scope {
  crossOriginIsolated?: boolean;
  navigator?: { hardwareConcurrency?: number };
}

/** The number of threads each started WebAssembly library has: it is fixed from its first session on. */
const started = new Map<Device, number>();

/**
 * Sets up a WebAssembly library before its first session.
 *
 * @param isolated whether memory can be shared among threads here: in a browser, only if the page is cross-origin isolated
 * @throws DeviceError if threads are asked for that cannot be had
 */
export function startWeb(device: Device, env: Env, threads: number | undefined, isolated: boolean): void {
  const before = started.get(device);
  if (before !== undefined) {
    if (threads !== undefined && threads !== before) {
      throw new DeviceError(
        device,
        `it runs with ${before} threads since its first program, and ${threads} are asked for: set threads before that`,
      );
    }
    return;
  }
  if (threads !== undefined && threads > 1 && !isolated) {
    throw new DeviceError(
      device,
      `${threads} threads need a cross-origin isolated page: serve it with the headers ` +
        "Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or set threads to 1",
    );
  }
  const { navigator } = globalThis as Scope;
  const chosen = threads ?? (isolated ? (navigator?.hardwareConcurrency ?? 1) : 1);
  env.wasm.numThreads = chosen;
  if (settings.wasmPaths !== undefined) env.wasm.wasmPaths = settings.wasmPaths;
  started.set(device, chosen);
}

/** Whether threads can share memory in this page or worker. */
export const isIsolated = (): boolean => (globalThis as Scope).crossOriginIsolated === true;
