import type { TableContent } from "@paperworks/experiment";
import { html, Markup } from "../report/html.ts";
import { style } from "../report/style.ts";
import type { Axis } from "./axes.ts";
import type { Sweep } from "./sweep.ts";

/** A page about one sweep that stands alone: no script, nothing loaded from elsewhere. */
export function sweepPage(sweep: Sweep, table: TableContent, figure: { svg: string } | { problem: string }): string {
  const { paper, mode, seed, seeds, axes, points } = sweep;
  const body = html`<header><p class="soft">${paper.slug} · sweep ${sweep.id} · ${mode} runs · seed ${seed}${seeds !== null && `, ${seeds} a replicate`}</p>
<h1>${paper.title}: ${points.length} points</h1>
<p>${axes.map(describeAxis).join(" · ")}</p></header>
<section><h2>Figure</h2><figure><div class="scroll">${
    "svg" in figure ? new Markup(figure.svg) : html`<p class="notice">${figure.problem}</p>`
  }</div><figcaption>A line is a run; it meets each axis at its setting or at the mean of what it measured.</figcaption></figure></section>
<section><h2>Points</h2><div class="scroll"><table>
<thead><tr>${table.columns.map((column) => html`<th>${column}</th>`)}</tr></thead>
<tbody>${table.rows.map((row) => html`<tr>${row.map((cell) => html`<td>${String(cell ?? "")}</td>`)}</tr>`)}</tbody>
</table></div></section>`;
  return `<!doctype html>
${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${paper.title}: sweep</title><style>${new Markup(style)}</style></head><body>${body}</body></html>
`}`;
}

function describeAxis(axis: Axis): string {
  if ("values" in axis) return `${axis.name} = ${axis.values.join(", ")}`;
  return `${axis.name} = ${axis.low} … ${axis.high}${axis.log ? ", uniform in its logarithm" : ""}`;
}
