import { exitCodes } from "./flags.ts";

/** The first Ctrl-C (or SIGTERM) asks the work to stop and keep what it has; a second one ends it at once. */
export function stopOnSignals(note: (text: string) => void): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    note("Stopping: keeping what is done (again to stop at once) …");
    controller.abort();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    dispose() {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    },
  };
}
