import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RunFolderError } from "./errors.ts";

export const lockName = "run.lock";

const pollMilliseconds = 50;

/** A lock is written in less time than this after it is made. */
const writingMilliseconds = 1000;

/**
 * Keeps a second process from writing into a run folder at the same time. The lock of a process that is gone counts no
 * more, so a killed run is gone on with as it is; a process that is just ending is waited for.
 * @returns what takes the lock away
 * @throws RunFolderError when the folder's run is still under way after `patience` milliseconds
 */
export async function lockRun(folder: string, { patience = 5000 } = {}): Promise<() => void> {
  const path = join(folder, lockName);
  for (let waited = 0; ; waited += pollMilliseconds) {
    if (takeLock(path)) return () => rmSync(path, { force: true });
    const runner = runnerOf(folder);
    if (runner === undefined) {
      rmSync(path, { force: true });
    } else {
      if (waited >= patience) throw new RunFolderError(folder, `${runner} is running it; wait for its end`);
      await pause(pollMilliseconds);
    }
  }
}

/** Who is running the run of a folder, such as "process 4711"; undefined when nobody is. */
export function runnerOf(folder: string): string | undefined {
  const path = join(folder, lockName);
  const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return undefined;
  const holder = readHolder(path);
  if (holder === undefined) return Date.now() - made < writingMilliseconds ? "another process" : undefined;
  return isAlive(holder) ? `process ${holder.pid}` : undefined;
}

/** A process by its number and, since numbers are given again, the time it was started at (where the system says). */
interface Holder {
  readonly pid: number;
  readonly started: string | null;
}

function takeLock(path: string): boolean {
  try {
    const file = openSync(path, "wx");
    writeSync(file, JSON.stringify({ pid: process.pid, started: startTime(process.pid) } satisfies Holder));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined for a lock that was taken away meanwhile, or whose process was killed before it had written it. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return started === startTime(pid);
}

/** Ticks from the machine's start to the process's, field 22 of Linux's `stat`; null elsewhere. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in parentheses, which may hold spaces.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return null;
  }
}
