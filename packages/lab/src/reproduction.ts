import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Paper, parseJson, type RunResult } from "@paperworks/experiment";
import { ResultFormatError } from "./errors.ts";
import { keepReproduction } from "./reproduce/keep-reproduction.ts";
import { type PaperRun, type RunPaperOptions, runPaper } from "./run-paper.ts";

export { withoutOwnPaths } from "./reproduce/keep-reproduction.ts";

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
  const finished = run.result.status === "finished";
  return {
    ...run,
    file: finished
      ? keepReproduction(paper, run.result, { folder: run.folder, results, data: options.data })
      : undefined,
  };
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

/** @throws ResultFormatError for a file that is no reproduction of a version known here */
export function readReproduction(file: string): Reproduction {
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
