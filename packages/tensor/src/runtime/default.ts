import { runtimeFor } from "#runtime";
import type { Backend } from "./backend.ts";
import { ortBackend } from "./ort.ts";
import { type Device, settings } from "./settings.ts";

const made = new Map<Device, Backend>();

/** The backend for the device that is set; the usual one of the platform when none is. */
export function backend(): Backend {
  const runtime = runtimeFor(settings.device);
  let known = made.get(runtime.device);
  if (!known) {
    known = ortBackend(runtime);
    made.set(runtime.device, known);
  }
  return known;
}
