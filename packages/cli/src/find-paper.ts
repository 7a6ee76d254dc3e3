import type { PaperEntry } from "@paperworks/papers";
import { closest, distance } from "fastest-levenshtein";
import { UsageError } from "./errors.ts";

/** @throws UsageError for an unknown slug, with the nearest one when it is near */
export function findPaper(papers: readonly PaperEntry[], slug: string): PaperEntry {
  const found = papers.find((paper) => paper.slug === slug);
  if (found !== undefined) return found;
  throw new UsageError(`no paper is called "${slug}"${suggestion(papers, slug)} (\`paperworks list\` shows all)`);
}

function suggestion(papers: readonly PaperEntry[], slug: string): string {
  if (papers.length === 0) return "";
  const slugs = papers.map((paper) => paper.slug);
  const nearest = closest(slug.toLowerCase(), slugs);
  const isNear = distance(slug.toLowerCase(), nearest) <= Math.max(2, Math.floor(nearest.length / 3));
  const begins = slugs.find((candidate) => slug.length > 1 && candidate.startsWith(slug.toLowerCase()));
  const suggested = begins ?? (isNear ? nearest : undefined);
  return suggested === undefined ? "" : `: did you mean "${suggested}"?`;
}
