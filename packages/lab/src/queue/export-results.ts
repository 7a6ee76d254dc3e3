import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type Paper, resolveSettings, stringifyJson } from "@paperworks/experiment";
import { makeFolder, writeFileAtomic } from "../atomic-file.ts";
import type { Reproduction } from "../reproduction.ts";
import type { JobQueue, StoredResult } from "./job-queue.ts";

/** The files that an export wrote. */
export interface ExportedFiles {
  /** `<slug>.json`: the latest reproduction of each paper. */
  readonly reproductions: readonly string[];
  /** `runs/<slug>-<id>.json`, and `….events.jsonl` beside it with events. */
  readonly runs: readonly string[];
}

export interface ExportOptions {
  readonly results: string;
  readonly papers: (slug: string) => Promise<Paper | undefined>;
  /** Every result as a file of its own too, not reproductions alone. */
  readonly all?: boolean;
  /** What happened in each run too; goes with `all`. */
  readonly events?: boolean;
}

/**
 * Writes results from the database into a folder. A full run with the seeds and settings of the paper's card is a
 * reproduction, and the latest one that finished becomes `<slug>.json`, the same as `reproduce` keeps.
 */
export async function exportResults(queue: JobQueue, options: ExportOptions): Promise<ExportedFiles> {
  const { results, papers, all = false, events = false } = options;
  makeFolder(results);
  const reproductions = new Map<string, string>();
  const runs: string[] = [];
  for (const stored of await queue.results()) {
    const reproduction = reproductionOf(stored, await papers(stored.result.slug));
    if (reproduction !== undefined) reproductions.set(reproduction.paper.slug, `${stringifyJson(reproduction, 2)}\n`);
    if (!all) continue;
    const { slug } = stored.result;
    const name = join(results, "runs", `${slug}-${stored.job}`);
    writeFileAtomic(`${name}.json`, `${stringifyJson(stored.result, 2)}\n`);
    runs.push(`${name}.json`);
    if (!events) continue;
    writeFileAtomic(`${name}.events.jsonl`, await eventLines(queue, stored.job));
    runs.push(`${name}.events.jsonl`);
  }
  const files = [...reproductions].map(([slug, text]) => {
    const file = join(results, `${slug}.json`);
    writeFileAtomic(file, text);
    return file;
  });
  return { reproductions: files.sort(), runs };
}

function reproductionOf({ result, commit, changed }: StoredResult, paper: Paper | undefined): Reproduction | undefined {
  const { mode, status, seed, seeds, settings } = result;
  if (paper === undefined || mode !== "full" || status !== "finished" || seed !== 0 || seeds !== null) return undefined;
  if (!isDeepStrictEqual({ ...settings }, { ...resolveSettings(paper.settings) })) return undefined;
  const { slug, family, title, year, arxiv } = paper;
  return {
    format: "paperworks-reproduction",
    version: 1,
    paper: { slug, family, title, year, arxiv: arxiv ?? null },
    commit,
    changed,
    result,
  };
}

async function eventLines(queue: JobQueue, job: string): Promise<string> {
  const lines: string[] = [];
  for (let after = 0; ; ) {
    const page = await queue.events(job, { after });
    for (const { at, event } of page) lines.push(`${stringifyJson({ time: at.toISOString(), ...event })}\n`);
    if (page.length === 0) return lines.join("");
    after = page[page.length - 1].id;
  }
}
