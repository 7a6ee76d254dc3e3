import type { RunEvent, RunMode, SettingValue } from "@paperworks/experiment";

/** Where programs run in a page: WebAssembly with threads where the page may share memory, or WebGPU. */
export type PageDevice = "wasm" | "webgpu";

export interface RunRequest {
  readonly slug: string;
  readonly mode: RunMode;
  readonly seed: number;
  readonly seeds?: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly device: PageDevice;
  /** Whether the data files of the machine that serves the page are there for this visitor. */
  readonly files: boolean;
}

/** What the page tells its worker. `control` is shared memory of one number: see `Control`. */
export interface StartMessage {
  readonly type: "start";
  readonly request: RunRequest;
  readonly control: Int32Array | undefined;
}

export type ToWorker = StartMessage | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "event"; readonly event: RunEvent }
  | { readonly type: "refused"; readonly name: string; readonly message: string };

/** The states of the number that page and worker share: a worker that is busy or asleep hears no message. */
export const Control = { run: 0, pause: 1, stop: 2 } as const;
