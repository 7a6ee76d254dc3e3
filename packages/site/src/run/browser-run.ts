import type { RunEvent } from "@paperworks/experiment";
import { Control, type FromWorker, type RunRequest, type ToWorker } from "./messages.ts";

export interface BrowserRunListener {
  /** What happens in the run, in order; the last event of a run that began is "finished". */
  onEvent(event: RunEvent): void;
  /** The run could not be begun, or its worker broke. */
  onFailure(message: string): void;
}

/** A run in a worker of this page. */
export class BrowserRun {
  readonly #worker: Worker;
  readonly #control: Int32Array | undefined;
  #paused = false;

  constructor(request: RunRequest, listener: BrowserRunListener) {
    // Shared memory, by which a busy worker is told to pause, is there only in a cross-origin isolated page.
    this.#control = globalThis.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : undefined;
    this.#worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module", name: `run ${request.slug}` });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (data.type === "event") listener.onEvent(data.event);
      else listener.onFailure(`${data.name}: ${data.message}`);
    });
    this.#worker.addEventListener("error", (event) =>
      listener.onFailure(event.message || "the worker could not be loaded"),
    );
    this.#tell({ type: "start", request, control: this.#control });
  }

  get canPause(): boolean {
    return this.#control !== undefined;
  }

  get paused(): boolean {
    return this.#paused;
  }

  pause(): void {
    this.#set(Control.pause);
  }

  resume(): void {
    this.#set(Control.run);
  }

  /** Asks the run to stop; it ends as interrupted, with what it measured so far. */
  stop(): void {
    this.#set(Control.stop);
    this.#tell({ type: "stop" });
  }

  /** Ends the worker at once. */
  dispose(): void {
    this.#worker.terminate();
  }

  #set(state: number): void {
    if (!this.#control) return;
    this.#paused = state === Control.pause;
    Atomics.store(this.#control, 0, state);
    Atomics.notify(this.#control, 0);
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message);
  }
}
