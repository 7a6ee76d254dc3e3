import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { EventSink } from "@paperworks/experiment";
import { MemoryBudgetError, ProcessCrashError, TimeBudgetError } from "../errors.ts";
import type { PaperSource } from "../paper-source.ts";
import { withHugePages } from "./huge-pages.ts";
import { residentBytes } from "./memory.ts";
import type { FromChild, RunRequest, ToChild } from "./messages.ts";

/** What a run in a process of its own may take, and who is told of it. */
export interface Supervision {
  /** Seconds that this attempt may take; a run that goes on has them anew. */
  readonly timeBudget?: number;
  /** Bytes of resident memory. */
  readonly memoryBudget?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: EventSink;
  /** Told the id of the process. */
  readonly onStart?: (pid: number) => void;
  /** Told what the process writes to its standard output and error. */
  readonly onOutput?: (text: string) => void;
}

/** How the process ended. */
export type Ending =
  | { readonly type: "ended" }
  | { readonly type: "refused"; readonly error: Error }
  | { readonly type: "died"; readonly error: Error; readonly output: string };

const sampleMilliseconds = 100;
/** What a process wrote last says why it crashed. */
const keptOutput = 4000;

/** Starts a process for a run, keeps it within its budgets, and waits for its end. */
export async function superviseRun(
  source: PaperSource,
  request: RunRequest,
  { timeBudget, memoryBudget, signal, onEvent, onStart, onOutput }: Supervision,
): Promise<Ending> {
  const child = fork(fileURLToPath(new URL("entry.ts", import.meta.url)), [], {
    serialization: "advanced",
    env: withHugePages(),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let ended: Ending | undefined;
  let killedFor: Error | undefined;
  let output = "";
  const kill = (reason: Error) => {
    killedFor ??= reason;
    child.kill("SIGKILL");
  };
  const checkMemory = (bytes: number | undefined) => {
    if (memoryBudget !== undefined && bytes !== undefined && bytes > memoryBudget) {
      kill(new MemoryBudgetError(bytes, memoryBudget));
    }
  };
  let broken: { readonly error: unknown } | undefined;
  child.on("message", (message: FromChild) => {
    if (message.type === "memory") checkMemory(message.bytes);
    else if (message.type === "ended") ended = { type: "ended" };
    else if (message.type === "refused") ended = { type: "refused", error: asError(message) };
    else if (broken === undefined) {
      try {
        onEvent?.(message.event);
      } catch (error) {
        broken = { error };
        child.kill("SIGKILL");
      }
    }
  });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-keptOutput);
      onOutput?.(text);
    });
  }
  const stop = () => tell(child, { type: "stop" });
  signal?.addEventListener("abort", stop);
  const killAlone = () => child.kill("SIGKILL");
  process.once("exit", killAlone);
  const clock =
    timeBudget === undefined
      ? undefined
      : setTimeout(() => kill(new TimeBudgetError(timeBudget)), Math.min(timeBudget * 1000, longestTimeout));
  const sampler =
    memoryBudget === undefined
      ? undefined
      : setInterval(() => child.pid && checkMemory(residentBytes(child.pid)), sampleMilliseconds);
  try {
    const gone = waitForEnd(child);
    tell(child, { type: "run", source, request });
    if (signal?.aborted) stop();
    if (child.pid !== undefined) onStart?.(child.pid);
    const end = await gone;
    if (broken !== undefined) throw broken.error;
    return ended ?? { type: "died", error: killedFor ?? new ProcessCrashError(end), output };
  } finally {
    clearTimeout(clock);
    clearInterval(sampler);
    signal?.removeEventListener("abort", stop);
    process.off("exit", killAlone);
  }
}

/** Node's timers take no longer time, 24 days. */
const longestTimeout = 2 ** 31 - 1;

/** Resolves when the process is gone and all that it told has been heard. */
function waitForEnd(child: ChildProcess): Promise<{ exitCode: number | null; signal: string | null }> {
  const heard = new Promise<void>((resolve) => child.once("disconnect", resolve));
  const closed = new Promise<{ exitCode: number | null; signal: string | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal }));
  });
  return closed.then(async (end) => {
    if (child.connected) await heard;
    return end;
  });
}

function tell(child: ChildProcess, message: ToChild): void {
  // A process that has died in the meantime hears nothing; its end is told of elsewhere.
  if (child.connected) child.send(message, () => {});
}

function asError({ name, message, stack }: Extract<FromChild, { type: "refused" }>): Error {
  const error = new Error(message);
  error.name = name;
  if (stack !== null) error.stack = stack;
  return error;
}
