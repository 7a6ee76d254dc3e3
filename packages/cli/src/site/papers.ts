import { openDatabase } from "@paperworks/lab/queue";
import { importPapers, SiteStore } from "@paperworks/site/server";
import type { DatabaseFlags } from "../queue/open-queue.ts";
import { alignColumns, type Output } from "../terminal.ts";

export interface ListFlags extends DatabaseFlags {
  readonly json?: boolean;
}

export interface ImportFlags extends ListFlags {
  readonly from?: string;
}

/** Opens the site's tables for a piece of work and closes them whatever comes of it. @throws DatabaseError */
export async function withStore<T>(
  { database: folder }: DatabaseFlags,
  use: (store: SiteStore) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ folder });
  try {
    const store = new SiteStore(database, () => new Date());
    await store.database();
    return await use(store);
  } finally {
    await database.close();
  }
}

export async function listPapers(stdout: Output, flags: ListFlags): Promise<void> {
  const papers = await withStore(flags, (store) => store.papers());
  const newest = papers.toSorted((a, b) => (a.listed < b.listed ? 1 : a.listed > b.listed ? -1 : 0));
  if (flags.json) return stdout.line(JSON.stringify(newest, undefined, 2));
  const rows = newest.map(({ listed, slug, family, year, title }) => [listed, slug, family, String(year), title]);
  for (const row of alignColumns([["LISTED", "PAPER", "FAMILY", "YEAR", "TITLE"], ...rows])) stdout.line(row);
}

/** @throws FeedError for a feed that is not what arXiv gives */
export async function importFromArxiv(stdout: Output, what: string, flags: ImportFlags): Promise<void> {
  const { added, known } = await withStore(flags, async (store) =>
    importPapers(await store.database(), what, { from: flags.from, now: store.clock() }),
  );
  if (flags.json) return stdout.line(JSON.stringify({ added, known }, undefined, 2));
  for (const { slug, title, year, authors } of added) {
    const [first, ...others] = authors;
    stdout.line(`${slug}: ${title} (${first}${others.length > 0 ? ` and ${others.length} more` : ""}, ${year})`);
  }
  if (known > 0) stdout.line(`${known} ${known === 1 ? "is" : "are"} on the list already.`);
}
