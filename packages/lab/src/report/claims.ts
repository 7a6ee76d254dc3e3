import { type ClaimResult, describeBar } from "@paperworks/experiment";
import { html, type Markup } from "./html.ts";
import { formatEstimate, formatNumber } from "./numbers.ts";
import { stripPlot } from "./strip.ts";

/** One claim with its verdict, its numbers and every value as a point beside the bar. */
export function claimBlock(claim: ClaimResult): Markup {
  const { id, paper, measures, bar, values, verdict, reason, timing } = claim;
  const kind = verdict.replace(" ", "-");
  return html`<article class="claim">
<div>
<div class="head"><h3>${id}</h3><span class="badge ${kind}">${verdict}</span>${
    timing &&
    html`<span class="badge timing" title="a measurement of time, which no two runs repeat exactly">timing</span>`
  }</div>
<p>${measures}</p>
<p class="numbers"><strong>${values.length === 0 ? "not measured" : formatEstimate(claim)}</strong> · bar ${describeBar(bar)}</p>
${values.length > 1 && html`<p class="soft numbers">values: ${values.map(formatNumber).join(", ")}</p>`}
${reason !== null && html`<p class="soft">${reason}</p>`}
<p class="soft">The paper: ${paper}</p>
</div>
<div>${stripPlot(claim)}</div>
</article>`;
}
