import { describeBar } from "@paperworks/experiment";
import { formatEstimate, formatNumber } from "@paperworks/lab/report/numbers";
import { stripPlot } from "@paperworks/lab/report/strip";
import type { ClaimRow } from "../page-data.ts";
import { ClockIcon } from "./icons.tsx";
import { kindOf, VerdictBadge } from "./verdicts.tsx";

/** What the paper reports, and below each report what was measured for it. */
export function ClaimsSection({ claims }: { readonly claims: readonly ClaimRow[] }) {
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">Claims</h2>
      {claims.length === 0 ? (
        <p>There is no module for this paper yet, so nothing of it has been measured.</p>
      ) : (
        <>
          <div className="reports">
            {byReport(claims).map((rows) => (
              <div className="report" key={rows[0].claim.id}>
                <p className="quote">
                  <span className="label">The paper</span> {rows[0].claim.paper}
                </p>
                {rows.map((row) => (
                  <ClaimView key={row.claim.id} row={row} />
                ))}
              </div>
            ))}
          </div>
          <p className="soft rule-note">
            A claim is reproduced when the whole 90 % interval over the seeds clears the bar, missed when none of it
            does, and inconclusive otherwise. Points are values, one a seed; the shaded side clears the bar.
          </p>
        </>
      )}
    </section>
  );
}

/** Claims that rest on the same statement of the paper stand together. */
function byReport(claims: readonly ClaimRow[]): ClaimRow[][] {
  const groups: ClaimRow[][] = [];
  for (const row of claims) {
    const last = groups[groups.length - 1];
    if (last?.[0].claim.paper === row.claim.paper) last.push(row);
    else groups.push([row]);
  }
  return groups;
}

export function ClaimView({ row: { claim, result }, place }: { readonly row: ClaimRow; readonly place?: string }) {
  const measured = result !== null && result.values.length > 0;
  const strip = measured ? stripPlot(result) : undefined;
  return (
    <article className={`claim ${result ? kindOf(result.verdict) : "unrun"}`} id={place ?? `claim-${claim.id}`}>
      <div className="claim-head">
        {result === null ? (
          <span className="badge unbuilt">not run yet</span>
        ) : (
          <VerdictBadge verdict={result.verdict} />
        )}
        {claim.timing && (
          <span className="badge timing" title="A measurement of time, which no two runs repeat exactly">
            <ClockIcon /> timing
          </span>
        )}
        <code className="claim-id">{claim.id}</code>
      </div>
      <h3>{claim.measures}</h3>
      {result?.reason && <p className="reason">{result.reason}</p>}
      <dl className="numbers">
        <div>
          <dt>measured</dt>
          <dd className="value">{measured ? formatEstimate(result) : "–"}</dd>
        </div>
        <div>
          <dt>bar</dt>
          <dd>{describeBar(claim.bar).replaceAll("-", "−")}</dd>
        </div>
        {measured && (
          <div>
            <dt>{result.values.length === 1 ? "values" : "seeds"}</dt>
            <dd>{result.values.length}</dd>
          </div>
        )}
      </dl>
      {strip !== undefined && (
        <div
          className="strip-place"
          // biome-ignore lint/security/noDangerouslySetInnerHtml: escaped markup of the report
          dangerouslySetInnerHTML={{ __html: strip.text }}
        />
      )}
      {measured && result.values.length > 1 && (
        <details className="every-value">
          <summary>every value</summary>
          <p>{result.values.map(formatNumber).join("   ")}</p>
        </details>
      )}
    </article>
  );
}
