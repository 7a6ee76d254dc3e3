import type { FrontPageData, PaperCard, Sort } from "../page-data.ts";
import { cardOf } from "./cards.ts";
import type { Day } from "./days.ts";
import type { Measured } from "./measured.ts";
import type { ListedPaper } from "./paper-list.ts";
import type { SiteStore } from "./site-store.ts";
import { trendingScore } from "./trending.ts";

/** What of the list is asked for. */
export interface FrontPageQuery {
  readonly query: string;
  readonly date: Day | null;
  readonly sort: Sort;
  readonly family: string | null;
  readonly verdict: string | null;
}

/** What a filter by verdict takes: a verdict of any claim, or that there is no result. */
export const verdictFilters = ["reproduced", "missed", "inconclusive", "not judged", "not measured"] as const;

interface FrontPageParts extends Measured {
  readonly store: SiteStore;
  /** Slugs of the papers that a query finds, the best first. */
  readonly search: (query: string) => Promise<readonly string[]>;
}

/** The list as of a day, filtered, in its order: the best match first where something is searched for. */
export async function frontPage(
  parts: FrontPageParts,
  asked: FrontPageQuery,
  voted: ReadonlySet<string> = new Set(),
): Promise<FrontPageData> {
  const { store, search } = parts;
  const today = store.today();
  const date = asked.date === null || asked.date > today ? today : asked.date;
  const [all, tallies] = await Promise.all([store.papers(), store.tallies(date)]);
  const listed = all.filter((paper) => paper.listed <= date);
  const at = store.momentOf(date);
  const card = (paper: ListedPaper) =>
    cardOf(paper, parts, { tally: tallies.get(paper.slug), voted: voted.has(paper.slug) });
  const score = (paper: ListedPaper) => trendingScore(tallies.get(paper.slug)?.decayed ?? 0, paper.listed, at);
  const ordered = asked.sort === "newest" ? byDay(listed) : byScore(listed, score, parts);
  const found = asked.query === "" ? ordered : inOrder(ordered, await search(asked.query));
  const cards = found
    .filter(({ family }) => asked.family === null || family === asked.family)
    .map(card)
    .filter((one) => asked.verdict === null || hasVerdict(one, asked.verdict));
  return {
    kind: "front",
    date,
    today,
    query: asked.query,
    sort: asked.sort,
    family: asked.family,
    verdict: asked.verdict,
    families: familiesOf(listed),
    papers: cards,
    total: listed.length,
  };
}

/** The newest first; papers of one day in the order of the list. */
function byDay(papers: readonly ListedPaper[]): ListedPaper[] {
  return papers.toSorted((a, b) => (a.listed < b.listed ? 1 : a.listed > b.listed ? -1 : 0));
}

/** The highest score first; of equal ones those that were measured. */
function byScore(
  papers: readonly ListedPaper[],
  score: (paper: ListedPaper) => number,
  { results }: Measured,
): ListedPaper[] {
  const rank = new Map(papers.map((paper) => [paper, [score(paper), results.of(paper.slug) ? 1 : 0]]));
  return papers.toSorted((a, b) => {
    const [[scoreA, measuredA], [scoreB, measuredB]] = [rank.get(a)!, rank.get(b)!];
    return Math.abs(scoreA - scoreB) > 1e-9 ? scoreB - scoreA : measuredB - measuredA;
  });
}

function inOrder(papers: readonly ListedPaper[], slugs: readonly string[]): ListedPaper[] {
  const bySlug = new Map(papers.map((paper) => [paper.slug, paper]));
  return slugs.flatMap((slug) => bySlug.get(slug) ?? []);
}

function hasVerdict({ verdicts }: PaperCard, asked: string): boolean {
  if (verdicts === null) return asked === "not measured";
  if (asked === "not judged") return verdicts.notJudged > 0;
  return asked === "reproduced" || asked === "missed" || asked === "inconclusive" ? verdicts[asked] > 0 : false;
}

function familiesOf(papers: readonly ListedPaper[]): FrontPageData["families"] {
  const groups = Map.groupBy(papers, ({ family }) => family);
  return [...groups].map(([name, group]) => ({ name, papers: group.length }));
}
