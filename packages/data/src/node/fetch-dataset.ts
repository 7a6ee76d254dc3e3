import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseTar } from "nanotar";
import { checkInteger } from "../domain.ts";
import { DataFormatError, DomainError } from "../errors.ts";
import { gunzip } from "../formats/gzip.ts";
import { type PublishedFile, publishedDatasets } from "../published.ts";
import { download } from "./download.ts";

export interface FetchOptions {
  /** The folder that `cacheFinder` reads. */
  readonly cacheDir: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly signal?: AbortSignal;
  /** How often a broken connection is taken up again within this call. */
  readonly retries?: number;
  readonly onProgress?: (progress: { url: string; bytes: number; total: number | undefined }) => void;
  readonly registry?: Readonly<Record<string, readonly PublishedFile[]>>;
}

export interface FetchedFile {
  readonly path: string;
  /** Whether it had to be downloaded, or was there already. */
  readonly fetched: boolean;
  /** Whether its SHA-256 is published, so that it was checked when it came. */
  readonly checksummed: boolean;
}

/**
 * Fills the cache with a published dataset: files that are there are left alone, broken downloads are gone on with, and
 * a file appears under its name only when it is whole and its checksum fits.
 *
 * @param name a dataset of the registry
 * @throws DomainError for an unknown name; DownloadError for a download that fails or is not the published file
 */
export async function fetchDataset(name: string, options: FetchOptions): Promise<FetchedFile[]> {
  const { cacheDir, fetch = globalThis.fetch, signal, retries = 3, onProgress, registry = publishedDatasets } = options;
  checkInteger("retries", retries, 0);
  if (!Object.hasOwn(registry, name)) throw new DomainError("name", name, `one of ${Object.keys(registry).join(", ")}`);
  const results: FetchedFile[] = [];
  for (const file of registry[name]) {
    const path = join(cacheDir, file.path);
    const wanted = Object.values(file.unpack ?? { whole: file.path }).map((entry) => join(cacheDir, entry));
    const checksummed = file.sha256 !== undefined;
    const missing = await anyMissing(wanted);
    if (missing && !(await exists(path))) {
      const report = onProgress && ((bytes: number) => onProgress({ url: file.url, bytes, total: file.bytes }));
      await download(file, path, { fetch, signal, retries, onProgress: report });
    }
    if (missing && file.unpack !== undefined) await unpack(path, file.unpack, cacheDir);
    results.push(...wanted.map((entry) => ({ path: entry, fetched: missing, checksummed })));
  }
  return results;
}

async function unpack(archive: string, members: Readonly<Record<string, string>>, cacheDir: string): Promise<void> {
  const entries = new Map(parseTar(await gunzip(await readFile(archive), archive)).map((entry) => [entry.name, entry]));
  for (const [member, target] of Object.entries(members)) {
    const data = entries.get(member)?.data;
    if (data === undefined) {
      throw new DataFormatError(archive, `members ${[...entries.keys()].join(", ")}`, `a member ${member}`);
    }
    const path = join(cacheDir, target);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.part`, data, { flush: true });
    await rename(`${path}.part`, path);
  }
  await rm(archive);
}

async function anyMissing(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) if (!(await exists(path))) return true;
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
