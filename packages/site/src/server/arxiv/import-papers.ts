import type { Database } from "@paperworks/lab/queue";
import { addImportedPapers, type ImportedPaper, slugOfArxiv } from "../paper-list.ts";
import { getFeed } from "./get-feed.ts";
import { readFeed } from "./read-feed.ts";

export interface ImportOutcome {
  readonly added: readonly (ImportedPaper & { readonly slug: string })[];
  /** On the list already. */
  readonly known: number;
}

/**
 * Adds the paper of an arXiv number, or all papers of a feed file, to the list: title, authors, year and link; the summary
 * is left for us to write. All or none.
 * @throws FeedError for a feed that is not what arXiv gives
 */
export async function importPapers(
  database: Database,
  what: string,
  { from, now, signal }: { from?: string; now: Date; signal?: AbortSignal },
): Promise<ImportOutcome> {
  const { xml, source } = await getFeed(what, { from, signal });
  const papers = readFeed(xml, source);
  const added = await addImportedPapers(database, papers, now);
  return {
    added: added.map((paper) => ({ ...paper, slug: slugOfArxiv(paper.arxiv) })),
    known: papers.length - added.length,
  };
}
