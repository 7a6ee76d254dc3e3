import type { ClaimResult, MetricResult } from "@paperworks/experiment";
import { describeBar } from "@paperworks/experiment";
import type { Comparison } from "../compare/comparison.ts";
import type { Difference } from "../compare/difference.ts";
import { type CurvePanels, curvesSection } from "./curve-panels.ts";
import { type Content, html, type Markup } from "./html.ts";
import { formatDuration, formatEstimate, formatNumber } from "./numbers.ts";
import { document, plain, section, table } from "./parts.ts";
import { stripPlot, stripRange } from "./strip.ts";

/** A page about two runs side by side, standing alone as `reportPage` does. */
export function comparisonPage(comparison: Comparison, curves: CurvePanels): string {
  const { names, runs, differing, metrics, cost } = comparison;
  const title = `${names[0]} and ${names[1]}`;
  const differs = differing.map(({ name, values: [a, b] }) => [name, plain(a), plain(b)]);
  const body = [
    html`<header><p class="soft">two runs side by side</p><h1>${title}</h1></header>`,
    table({
      columns: ["", "first", "second"],
      rows: [
        ["run", ...names],
        ["paper", ...runs.map((run) => run.title)],
        ["mode, state", ...runs.map(({ mode, status }) => `${mode}, ${status}`)],
        ["started", ...runs.map(({ started }) => `${started.slice(0, 16).replace("T", " ")} UTC`)],
        ["time", ...runs.map(({ seconds }) => formatDuration(seconds))],
      ],
    }),
    section(
      "What differs",
      differs.length === 0
        ? html`<p class="soft">Nothing that is known: the same settings, seeds, data and machine.</p>`
        : table({ columns: ["", "first", "second"], rows: differs }),
    ),
    section(
      "Claims",
      html`<div class="claims">${comparison.claims.map((claim) => comparedClaim(claim))}</div>
<p class="soft">The difference is second less first, with its 90 % interval (Welch's t) where both have two values or more.</p>`,
    ),
    curvesSection(curves),
    metrics.length > 0 &&
      section(
        "Other measurements",
        table({
          columns: ["what", "first", "second", "difference"],
          rows: metrics.map(({ name, unit, timing, results: [a, b], difference }) => [
            `${name}${unit === null ? "" : ` (${unit})`}${timing ? ", timing" : ""}`,
            estimateOf(a),
            estimateOf(b),
            describeDifference(difference),
          ]),
        }),
      ),
    cost.length > 0 &&
      section(
        "Cost",
        table({
          columns: ["program", "what", "first", "second", "second ÷ first"],
          rows: cost.map(({ program, what, values: [a, b], ratio }) => [program, what, plain(a), plain(b), ratio]),
        }),
      ),
  ];
  return document(title, body);
}

/** "0.1 (0.02 … 0.18)", or a dash. */
export function describeDifference(difference: Difference | null): string {
  if (difference === null) return "–";
  const { value, interval } = difference;
  const sign = value > 0 ? "+" : "";
  if (interval === null || interval[0] === interval[1]) return `${sign}${formatNumber(value)}`;
  const half = (interval[1] - interval[0]) / 2;
  return `${sign}${formatEstimate({ value, spread: half })}`;
}

function estimateOf(of: ClaimResult | MetricResult | null): string {
  return of === null || of.values.length === 0 ? "–" : formatEstimate(of);
}

function comparedClaim({ id, bar, timing, results, difference }: Comparison["claims"][number]): Markup {
  const range = stripRange(results.filter((claim) => claim !== null));
  const side = (name: string, claim: ClaimResult | null): Content =>
    html`<div><p class="head"><span class="soft">${name}</span>${
      claim === null
        ? html`<span class="soft">has no such claim</span>`
        : html`<span class="badge ${claim.verdict.replace(" ", "-")}">${claim.verdict}</span><strong class="numbers">${estimateOf(claim)}</strong>`
    }</p>${claim !== null && stripPlot(claim, range)}</div>`;
  return html`<article class="claim">
<div class="whole"><div class="head"><h3>${id}</h3>${timing && html`<span class="badge timing">timing</span>`}</div>
<p class="numbers">bar ${describeBar(bar)} · difference <strong>${describeDifference(difference)}</strong></p></div>
${side("first", results[0])}${side("second", results[1])}
</article>`;
}
