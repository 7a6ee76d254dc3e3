import { type ClaimResult, countVerdicts, describeBar, type Verdict } from "@paperworks/experiment";
import { formatEstimate } from "@paperworks/lab/report/numbers";
import { alignColumns, type Output, wrap } from "./terminal.ts";

export const verdictStyle = {
  reproduced: "green",
  missed: "red",
  inconclusive: "yellow",
  "not judged": "gray",
} as const satisfies Record<Verdict, string>;

/** The claims of a run: verdict, what was measured, the bar, and below it what that means. */
export function printClaims(output: Output, claims: readonly ClaimResult[]): void {
  const rows = alignColumns([
    ["VERDICT", "CLAIM", "MEASURED", "BAR"],
    ...claims.map((claim) => [
      claim.verdict,
      claim.timing ? `${claim.id} (timing)` : claim.id,
      claim.values.length === 0 ? "–" : formatEstimate(claim),
      describeBar(claim.bar),
    ]),
  ]);
  output.line(output.style("bold", rows[0]));
  for (const [index, claim] of claims.entries()) {
    const { verdict, measures, reason } = claim;
    const row = rows[index + 1];
    output.line(output.style(verdictStyle[verdict], row.slice(0, verdict.length)) + row.slice(verdict.length));
    output.line(
      output.style("dim", wrap(reason === null ? measures : `${measures} — ${reason}`, output.columns, "    ")),
    );
  }
  output.line();
  output.line(describeCounts(countVerdicts(claims)));
}

/** "2 reproduced, 1 not judged". */
export function describeCounts(counts: Readonly<Record<Verdict, number>>): string {
  const said = Object.entries(counts).filter(([, count]) => count > 0);
  return said.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
}
