import { chmodSync, copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { type Paper, type RunResult, stringifyJson } from "@paperworks/experiment";
import { makeFolder, writeFileAtomic } from "../atomic-file.ts";
import { cacheFolder, dataFolder } from "../open-data.ts";
import type { Reproduction } from "../reproduction.ts";
import { type SourceState, sourceState } from "./sources.ts";

/**
 * Keeps a finished full run: its result as `<results>/<slug>.json`, its figures and images in `<results>/<slug>/`. What holds this very result is left as it is.
 *
 * @param folder of the run
 * @returns the file
 */
export function keepReproduction(
  paper: Paper,
  result: RunResult,
  {
    folder,
    results,
    data,
    sources = sourceState(),
  }: { readonly folder: string; readonly results: string; readonly data?: string; readonly sources?: SourceState },
): string {
  const { slug, family, title, year, arxiv } = paper;
  const kept: Reproduction = {
    format: "paperworks-reproduction",
    version: 1,
    paper: { slug, family, title, year, arxiv: arxiv ?? null },
    commit: sources.commit,
    changed: sources.changed,
    result: withoutOwnPaths(result, [dataFolder(data), cacheFolder()]),
  };
  const file = join(results, `${slug}.json`);
  const pictures = join(results, slug);
  if (holds(file, kept) && existsSync(pictures)) return file;
  keepPictures(folder, result, pictures);
  writeFileAtomic(file, `${stringifyJson(kept, 2)}\n`);
  return file;
}

/** Copies the figures and images of a run, in place of those of an earlier one; drawn, the first figure alone: it stands for the paper. */
function keepPictures(run: string, { figures, images }: Pick<RunResult, "figures" | "images">, pictures: string): void {
  const files = [
    ...figures.map(({ name }) => `figures/${name}.vl.json`),
    ...figures.slice(0, 1).map(({ name }) => `figures/${name}.svg`),
    ...images.map(({ name }) => `images/${name}.png`),
  ].filter((file) => existsSync(join(run, file)));
  makeFolder(dirname(pictures));
  const fresh = mkdtempSync(`${pictures}.`);
  for (const file of files) {
    makeFolder(dirname(join(fresh, file)));
    copyFileSync(join(run, file), join(fresh, file));
  }
  // For all to read, as what a repository holds is.
  chmodSync(fresh, 0o755);
  rmSync(pictures, { recursive: true, force: true });
  renameSync(fresh, pictures);
}

/** Names data files from their folder on, so that a result that is published does not tell where that folder was. */
export function withoutOwnPaths(result: RunResult, folders: readonly (string | undefined)[]): RunResult {
  const shorten = (text: string) =>
    folders.reduce<string>(
      (short, folder) => (folder === undefined ? short : short.replaceAll(folder + sep, "")),
      text,
    );
  return { ...result, data: result.data.map((entry) => ({ ...entry, from: shorten(entry.from) })) };
}

/** Whether a file holds the same result, perhaps under an earlier commit of the same packages. */
function holds(file: string, { result }: Reproduction): boolean {
  if (!existsSync(file)) return false;
  try {
    const before = JSON.parse(readFileSync(file, "utf8")) as { readonly result?: unknown };
    return JSON.stringify(before.result) === JSON.stringify(JSON.parse(stringifyJson(result)));
  } catch {
    return false;
  }
}
