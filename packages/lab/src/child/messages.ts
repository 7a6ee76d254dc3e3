import type { RunEvent } from "@paperworks/experiment";
import type { PaperSource } from "../paper-source.ts";
import type { RunPaperOptions } from "../run-paper.ts";

/** The options of a run that go to another process. */
export type RunRequest = Omit<RunPaperOptions, "force" | "signal" | "onEvent" | "onOpen"> & { readonly out: string };

export type ToChild =
  | { readonly type: "run"; readonly source: PaperSource; readonly request: RunRequest }
  /** Keep what is done and end. */
  | { readonly type: "stop" };

export type FromChild =
  | { readonly type: "event"; readonly event: RunEvent }
  /** Resident memory, where the parent cannot read it from the system. */
  | { readonly type: "memory"; readonly bytes: number }
  /** The run could not be: the error that it threw. */
  | { readonly type: "refused"; readonly name: string; readonly message: string; readonly stack: string | null }
  /** Everything is kept, the report included. */
  | { readonly type: "ended" };
