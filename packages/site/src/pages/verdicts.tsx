import type { Verdict } from "@paperworks/experiment";
import type { PaperCard, VerdictCounts } from "../page-data.ts";
import { VerdictIcon } from "./icons.tsx";

export const verdictNames = ["reproduced", "missed", "inconclusive", "not judged"] as const;

/** How many of a paper's claims came to a verdict, by its name. */
export const countOf = (counts: VerdictCounts, verdict: Verdict): number =>
  verdict === "not judged" ? counts.notJudged : counts[verdict];

/** "not judged" → "not-judged", for class names. */
export const kindOf = (verdict: Verdict): string => verdict.replace(" ", "-");

export function VerdictBadge({ verdict, count }: { readonly verdict: Verdict; readonly count?: number }) {
  return (
    <span className={`badge ${kindOf(verdict)}`}>
      <VerdictIcon verdict={verdict} />
      {count !== undefined && <b>{count}</b>} {verdict}
    </span>
  );
}

/** A paper's verdicts, or plainly why it has none. */
export function Verdicts({ card: { verdicts, runs } }: { readonly card: Pick<PaperCard, "verdicts" | "runs"> }) {
  if (verdicts === null)
    return <span className="badge unbuilt">{runs ? "runs, not measured yet" : "not built yet"}</span>;
  return (
    <span className="badges">
      {verdictNames
        .filter((verdict) => countOf(verdicts, verdict) > 0)
        .map((verdict) => (
          <VerdictBadge key={verdict} verdict={verdict} count={countOf(verdicts, verdict)} />
        ))}
    </span>
  );
}
