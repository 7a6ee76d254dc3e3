import { countVerdicts } from "@paperworks/experiment";
import type { PaperCard, VerdictCounts } from "../page-data.ts";
import type { KeptResults } from "./kept-results.ts";
import type { KeptRun, RunFile } from "./kept-runs.ts";
import { type Measured, runsOf } from "./measured.ts";
import { hasModule } from "./modules.ts";
import type { ListedPaper } from "./paper-list.ts";
import type { Tally } from "./votes.ts";

export function cardOf(
  paper: ListedPaper,
  measured: Measured,
  { tally, voted }: { tally: Tally | undefined; voted: boolean },
): PaperCard {
  const { slug, family, title, year, arxiv, authors, summary, listed } = paper;
  return {
    slug,
    family,
    title,
    year,
    arxiv,
    authors,
    summary,
    listed,
    runs: hasModule(slug),
    verdicts: verdictsOf(measured.results, slug),
    picture: pictureOf(runsOf(measured, slug), slug),
    votes: tally?.votes ?? 0,
    voted,
  };
}

function verdictsOf(results: KeptResults, slug: string): VerdictCounts | null {
  const kept = results.of(slug);
  if (kept === undefined) return null;
  const { "not judged": notJudged, ...judged } = countVerdicts(kept.result.claims);
  return { ...judged, notJudged };
}

/** The first image of the newest run that has one; else its first figure, drawn. */
function pictureOf(kept: readonly KeptRun[], slug: string): PaperCard["picture"] {
  for (const { result, images } of kept) {
    for (const { name, caption } of result.images) {
      const file = images.get(name);
      if (file !== undefined) return { url: pictureUrl(slug, file), alt: caption ?? name };
    }
  }
  for (const { result, drawings } of kept) {
    for (const { name, title } of result.figures) {
      const file = drawings.get(name);
      if (file !== undefined) return { url: pictureUrl(slug, file), alt: title };
    }
  }
  return null;
}

/** The address changes with the content, so that a browser may keep the picture. */
export function pictureUrl(slug: string, { name, modified, bytes }: RunFile): string {
  return `/pictures/${slug}/${encodeURIComponent(name)}?v=${versionOf({ modified, bytes })}`;
}

export function fileUrl(slug: string, { name }: RunFile): string {
  return `/files/${slug}/${encodeURIComponent(name)}`;
}

export function versionOf({ modified, bytes }: Pick<RunFile, "modified" | "bytes">): string {
  return `${Math.floor(modified).toString(36)}-${bytes.toString(36)}`;
}
