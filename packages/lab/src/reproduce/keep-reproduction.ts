import { existsSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { type Paper, type RunResult, stringifyJson } from "@paperworks/experiment";
import { writeFileAtomic } from "../atomic-file.ts";
import { cacheFolder, dataFolder } from "../open-data.ts";
import type { Reproduction } from "../reproduction.ts";
import { type SourceState, sourceState } from "./sources.ts";

/**
 * Keeps a finished full run as `<results>/<slug>.json`. A file that holds this very result is left as it is.
 * @returns the file
 */
export function keepReproduction(
  paper: Paper,
  result: RunResult,
  {
    results,
    data,
    sources = sourceState(),
  }: { readonly results: string; readonly data?: string; readonly sources?: SourceState },
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
  if (!holds(file, kept)) writeFileAtomic(file, `${stringifyJson(kept, 2)}\n`);
  return file;
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
