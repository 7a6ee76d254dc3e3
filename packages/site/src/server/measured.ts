import type { KeptResults } from "./kept-results.ts";
import type { KeptRun, KeptRuns } from "./kept-runs.ts";

/** What was measured, for all pages. */
export interface Measured {
  readonly results: KeptResults;
  readonly runs: KeptRuns;
}

/** The runs of a paper that have something to show, the best first: full ones, the newest first, then the kept one, then quick ones. */
export function runsOf({ results, runs }: Measured, slug: string): readonly KeptRun[] {
  const found = runs.of(slug);
  const kept = results.runOf(slug);
  if (kept === undefined) return found;
  const full = found.filter(({ result }) => result.mode === "full");
  return [...full, kept, ...found.slice(full.length)];
}
