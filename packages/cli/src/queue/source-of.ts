import type { PaperSource } from "@paperworks/lab";
import type { ListedPaper } from "../find-paper.ts";

/** Where a paper of the list is loaded from; undefined for a slug that none has. */
export function sourceOf(papers: readonly ListedPaper[], slug: string): PaperSource | undefined {
  const found = papers.find((paper) => paper.slug === slug);
  if (found === undefined) return undefined;
  return found.file === undefined ? { slug } : { file: found.file };
}
