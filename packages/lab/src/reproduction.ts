import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { type Paper, parseJson, type RunResult, stringifyJson } from "@paperworks/experiment";
import { writeFileAtomic } from "./atomic-file.ts";
import { describeSources } from "./environment.ts";
import { ResultFormatError } from "./errors.ts";
import { cacheFolder, dataFolder } from "./open-data.ts";
import { type PaperRun, type RunPaperOptions, runPaper } from "./run-paper.ts";

const format = "paperworks-reproduction";
const version = 1;

/** A paper run in full with the seeds of its card, as `results/<slug>.json` keeps it. */
export interface Reproduction {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly paper: Pick<Paper, "slug" | "family" | "title" | "year"> & { readonly arxiv: string | null };
  /** The sources it was measured with, and whether they differed from that commit. */
  readonly commit: string | null;
  readonly changed: boolean;
  readonly result: RunResult;
}

export interface ReproduceOptions extends Omit<RunPaperOptions, "mode" | "seed" | "seeds" | "settings"> {
  /** The folder of results; `results` here if not said. */
  readonly results?: string;
}

/**
 * Runs a paper in full with the seeds of its card and keeps the outcome as `results/<slug>.json`. A run that failed or
 * was interrupted replaces no earlier result.
 */
export async function reproduce(
  paper: Paper,
  { results = "results", ...options }: ReproduceOptions = {},
): Promise<PaperRun & { readonly file: string | undefined }> {
  const run = await runPaper(paper, { ...options, mode: "full" });
  const { result } = run;
  if (result.status !== "finished") return { ...run, file: undefined };
  const { slug, family, title, year, arxiv } = paper;
  const kept: Reproduction = {
    format,
    version,
    paper: { slug, family, title, year, arxiv: arxiv ?? null },
    ...describeSources(process.cwd()),
    result: withoutOwnPaths(result, [dataFolder(options.data), cacheFolder()]),
  };
  const file = join(results, `${slug}.json`);
  writeFileAtomic(file, `${stringifyJson(kept, 2)}\n`);
  return { ...run, file };
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

/** All kept reproductions, by slug. @throws ResultFormatError for a file that is none */
export function readReproductions(results: string): Reproduction[] {
  let names: string[];
  try {
    names = readdirSync(results);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readReproduction(join(results, name)));
}

function readReproduction(file: string): Reproduction {
  let kept: Reproduction;
  try {
    kept = parseJson(readFileSync(file, "utf8")) as Reproduction;
  } catch (error) {
    throw new ResultFormatError(`${file} cannot be read: ${(error as Error).message}`);
  }
  if (kept?.format !== format || !(kept.version <= version)) {
    throw new ResultFormatError(`${file} is no reproduction of version ${version} or before`);
  }
  return kept;
}
