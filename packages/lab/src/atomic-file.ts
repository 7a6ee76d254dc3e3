import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file whole or not at all: the bytes go to a neighbour that takes the name only once they are on the disk, so
 * that a reader, or a machine that loses power, never sees half of it.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array): void {
  makeFolder(dirname(path));
  const neighbour = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    const file = openSync(neighbour, "wx");
    try {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(neighbour, path);
  } catch (error) {
    rmSync(neighbour, { force: true });
    throw error;
  }
}

/**
 * Makes a folder and those above it. Node's own recursive mkdir never ends where the system says that a folder it has
 * just seen is not there, as in /proc.
 */
export function makeFolder(path: string): void {
  if (makeOne(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  if (!makeOne(path)) throw new Error(`no folder can be made at ${path}`);
}

/** False when the folder above is missing. */
function makeOne(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    if (code === "EEXIST" && statSync(path).isDirectory()) return true;
    throw error;
  }
}
