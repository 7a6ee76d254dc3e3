import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import { type Paper, type RunResult, stringifyJson } from "@paperworks/experiment";
import { makeFolder, writeFileAtomic } from "../atomic-file.ts";
import { cacheFolder, dataFolder } from "../open-data.ts";
import type { Reproduction } from "../reproduction.ts";
import { type SourceState, sourceState } from "./sources.ts";

/**
 * Keeps a finished full run: its result as `<results>/<slug>.json`, its figures and images as `<results>/<slug>/figures/…` and
 * `<results>/<slug>/images/…`. What holds this very result is left as it is.
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
  keepPictures(folder, pictures);
  writeFileAtomic(file, `${stringifyJson(kept, 2)}\n`);
  return file;
}

/** What of a run is looked at, by the folder it stands in. */
const pictureFiles = { figures: /\.(?:vl\.json|svg)$/, images: /\.png$/ };

/** Copies the figures and images of a run, in place of those of an earlier one. */
function keepPictures(run: string, pictures: string): void {
  makeFolder(join(pictures, ".."));
  const fresh = mkdtempSync(`${pictures}.`);
  for (const [kind, pattern] of Object.entries(pictureFiles)) {
    const from = join(run, kind);
    const names = existsSync(from) ? readdirSync(from).filter((name) => pattern.test(name)) : [];
    if (names.length > 0) makeFolder(join(fresh, kind));
    for (const name of names) copyFileSync(join(from, name), join(fresh, kind, name));
  }
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
