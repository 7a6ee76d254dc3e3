import type { Database } from "@paperworks/lab/queue";
import { fromJsonb, jsonbText } from "@paperworks/lab/queue";
import { catalogue } from "@paperworks/papers";
import { type Day, dayOf } from "./days.ts";

/** A paper of the list, of the catalogue or imported. */
export interface ListedPaper {
  readonly slug: string;
  readonly family: string;
  readonly title: string;
  readonly year: number;
  readonly arxiv: string | null;
  readonly authors: readonly string[];
  readonly summary: string;
  readonly listed: Day;
}

/** What an import knows of a paper. */
export interface ImportedPaper {
  readonly title: string;
  readonly year: number;
  readonly arxiv: string;
  readonly authors: readonly string[];
}

/** The family of papers that were imported and not placed yet. */
export const importedFamily = "new";

/** The catalogue as it is listed before the database answers, and when it is listed for the first time. */
export function catalogueOn(listed: Day): ListedPaper[] {
  return catalogue.map((entry) => ({ ...entry, authors: [], listed }));
}

/** Gives papers of the catalogue that have no listing day yet the day of now. */
export async function listCatalogue(database: Database, now: Date): Promise<void> {
  await database.query(
    `insert into paperworks.site_papers (slug, listed)
     select slug, $2::date from jsonb_array_elements_text($1::jsonb) as slug on conflict (slug) do nothing`,
    [jsonbText(catalogue.map(({ slug }) => slug)), dayOf(now)],
  );
}

/** All papers of the list: the catalogue in its order, then the imported ones as they came. */
export async function readPaperList(database: Database): Promise<ListedPaper[]> {
  const rows = await database.query<{ slug: string; listed: string; imported: unknown }>(
    "select slug, listed::text as listed, imported from paperworks.site_papers order by listed, slug",
  );
  const listed = new Map(rows.map((row) => [row.slug, row.listed]));
  const known = catalogue.flatMap((entry) => {
    const day = listed.get(entry.slug);
    return day === undefined ? [] : [{ ...entry, authors: [], listed: day }];
  });
  const imported = rows.flatMap(({ slug, listed: day, imported: column }) => {
    if (column === null) return [];
    const paper = fromJsonb(column) as ImportedPaper;
    return [{ slug, family: importedFamily, summary: "", listed: day, ...paper }];
  });
  return [...known, ...imported];
}

/**
 * Adds papers to the list, all or none; those that are on it already are left as they are.
 * @returns the ones that are new
 */
export async function addImportedPapers(
  database: Database,
  papers: readonly ImportedPaper[],
  now: Date,
): Promise<ImportedPaper[]> {
  const inCatalogue = new Set(catalogue.map(({ arxiv }) => arxiv));
  return database.transaction(async (on) => {
    const added: ImportedPaper[] = [];
    for (const paper of papers) {
      if (inCatalogue.has(paper.arxiv)) continue;
      const rows = await on.query(
        `insert into paperworks.site_papers (slug, listed, imported) values ($1, $2::date, $3::jsonb)
         on conflict (slug) do nothing returning slug`,
        [slugOfArxiv(paper.arxiv), dayOf(now), jsonbText(paper)],
      );
      if (rows.length > 0) added.push(paper);
    }
    return added;
  });
}

/** "2312.06635" is listed as "arxiv-2312-06635", whatever its title becomes. */
export function slugOfArxiv(arxiv: string): string {
  return `arxiv-${arxiv.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}
