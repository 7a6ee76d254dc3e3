import { resolve } from "node:path";
import type { Paper } from "@paperworks/experiment";
import type { PaperSource } from "@paperworks/lab";
import type { PaperEntry } from "@paperworks/papers";
import { UsageError } from "./errors.ts";
import { suggestion } from "./nearest.ts";

/** A paper of the list; one with a file is loaded from there by the process that runs it. */
export interface ListedPaper extends PaperEntry {
  readonly file?: string;
}

/** @throws UsageError for an unknown slug, with the nearest one when it is near */
export function findPaper(papers: readonly ListedPaper[], slug: string): ListedPaper {
  const found = papers.find((paper) => paper.slug === slug);
  if (found !== undefined) return found;
  const slugs = papers.map((paper) => paper.slug);
  throw new UsageError(`no paper is called "${slug}"${suggestion(slugs, slug)} (\`paperworks list\` shows all)`);
}

/** Whether the user names an experiment file of their own, not a paper of the list. */
export function isPaperFile(name: string): boolean {
  return /[\\/]/.test(name) || /\.[cm]?[jt]s$/.test(name);
}

/**
 * Loads a paper by its slug, or from a user's file.
 * @throws UsageError for an unknown slug, PaperFileError for a file that is missing or exports no paper
 */
export async function openPaper(
  papers: readonly ListedPaper[],
  name: string,
): Promise<{ readonly paper: Paper; readonly source: PaperSource }> {
  if (isPaperFile(name)) {
    const { loadPaper } = await import("@paperworks/lab/paper-source");
    const source = { file: resolve(name) };
    return { paper: await loadPaper(source), source };
  }
  const { load, file, slug } = findPaper(papers, name);
  return { paper: (await load()).default, source: file === undefined ? { slug } : { file } };
}
