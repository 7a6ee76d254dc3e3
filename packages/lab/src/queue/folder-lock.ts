import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { DatabaseError } from "./errors.ts";

/** What this process itself has: its number alone may be that of an earlier process, in a container above all. */
const held = new Set<string>();

/**
 * Takes a database's folder for this process: a database in the process would be spoilt by a second one. The lock is a
 * file beside the folder with the number of the process; one left by a process that is gone is taken over.
 * @returns gives the folder back
 * @throws DatabaseError when a living process has it
 */
export function lockFolder(folder: string): () => void {
  const path = `${folder}.lock`;
  const mine = `${process.pid} ${randomBytes(8).toString("hex")}`;
  for (let attempt = 0; attempt < 5; attempt++) {
    if (linkInto(path, mine)) {
      // Two processes may have found the same dead one's lock: the later to clear it away has it.
      if (attempt > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      if (readIfThere(path) !== mine) continue;
      held.add(path);
      return () => {
        held.delete(path);
        if (readIfThere(path) === mine) rmSync(path, { force: true });
      };
    }
    const holder = Number.parseInt(readIfThere(path) ?? "", 10);
    if (holder === process.pid ? held.has(path) : Number.isSafeInteger(holder) && isAlive(holder)) {
      throw new DatabaseError(
        `the database in ${folder} is in use by process ${holder}, which lets no other in; ` +
          "several processes share a PostgreSQL, named by DATABASE_URL",
      );
    }
    rmSync(path, { force: true });
  }
  throw new DatabaseError(`the database in ${folder} cannot be locked; delete ${path} if no process uses it`);
}

/** How long ago the folder was taken, in milliseconds; undefined when nobody has it. */
export function lockAge(folder: string): number | undefined {
  const taken = statSync(`${folder}.lock`, { throwIfNoEntry: false })?.mtimeMs;
  return taken === undefined ? undefined : Date.now() - taken;
}

/** Makes the file with its content in one step, so that no reader finds it empty. False when it is there already. */
function linkInto(path: string, content: string): boolean {
  const neighbour = `${path}.${content.slice(-16)}.part`;
  writeFileSync(neighbour, content);
  try {
    linkSync(neighbour, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(neighbour, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
