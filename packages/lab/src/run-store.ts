import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { countVerdicts, parseJson, type RunStatus } from "@paperworks/experiment";
import { RunFolderError } from "./errors.ts";
import { runBytes } from "./run-files.ts";
import { type RunIdentity, readResult } from "./run-folder.ts";
import { runnerOf } from "./run-lock.ts";

/** A kept run at a glance. */
export interface RunSummary extends RunIdentity {
  /** The name of its folder. */
  readonly id: string;
  readonly path: string;
  /** "running": a process of this machine is at it; "unfinished": it was killed before it had a result. */
  readonly status: RunStatus | "running" | "unfinished";
  /** ISO 8601: when it was begun, or gone on with last. */
  readonly started: string;
  readonly seconds: number | null;
  readonly verdicts: ReturnType<typeof countVerdicts> | null;
  readonly bytes: number;
}

/** A folder that was made by a run but cannot be read. */
export interface BrokenRun {
  readonly id: string;
  readonly path: string;
  readonly problem: string;
}

/** The run folders in a folder, the newest first, and those that cannot be read. A missing folder holds none. */
export function listRuns(parent: string): { readonly runs: RunSummary[]; readonly broken: BrokenRun[] } {
  const runs: RunSummary[] = [];
  const broken: BrokenRun[] = [];
  for (const id of runNames(parent)) {
    const path = join(parent, id);
    try {
      runs.push(summarizeRun(path));
    } catch (error) {
      broken.push({ id, path, problem: (error as Error).message });
    }
  }
  runs.sort((a, b) => (a.started < b.started ? 1 : a.started > b.started ? -1 : 0));
  return { runs, broken };
}

/** The names of the run folders in a folder. */
export function runNames(parent: string): string[] {
  try {
    const folders = readdirSync(parent, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return folders
      .map(({ name }) => name)
      .filter((name) => statSync(join(parent, name, "run.json"), { throwIfNoEntry: false })?.isFile())
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new RunFolderError(parent, `it cannot be read (${(error as Error).message})`, { cause: error });
  }
}

/** @throws RunFolderError, ResultFormatError for a folder that holds no run, or one that cannot be read */
export function summarizeRun(path: string): RunSummary {
  const file = join(path, "run.json");
  let identity: RunIdentity;
  try {
    identity = parseJson(readFileSync(file, "utf8")) as RunIdentity;
    if (typeof identity?.slug !== "string") throw new Error("it names no paper");
  } catch (error) {
    throw new RunFolderError(path, `its run.json cannot be read (${(error as Error).message})`, { cause: error });
  }
  const common = { ...identity, id: basename(path), path, bytes: runBytes(path) };
  const isRunning = runnerOf(path) !== undefined;
  if (isRunning || statSync(join(path, "result.json"), { throwIfNoEntry: false }) === undefined) {
    const started = firstTime(join(path, "events.jsonl")) ?? statSync(file).mtime.toISOString();
    return { ...common, status: isRunning ? "running" : "unfinished", started, seconds: null, verdicts: null };
  }
  const { status, times, seconds, claims } = readResult(join(path, "result.json"));
  return { ...common, status, started: times.started, seconds, verdicts: countVerdicts(claims) };
}

/** The time of the first event. Only the beginning of the log is read: it can be long. */
function firstTime(log: string): string | undefined {
  let file: number;
  try {
    file = openSync(log, "r");
  } catch {
    return undefined;
  }
  try {
    const beginning = Buffer.alloc(256);
    const length = readSync(file, beginning, 0, beginning.length, 0);
    return /"time":"([^"]+)"/.exec(beginning.subarray(0, length).toString("utf8"))?.[1];
  } finally {
    closeSync(file);
  }
}
