import type { JsonValue, TableContent, Verdict } from "@paperworks/experiment";
import { type Content, html, Markup } from "./html.ts";
import { formatNumber } from "./numbers.ts";
import { style } from "./style.ts";

/** A whole page that stands alone: no script, nothing loaded from elsewhere. */
export function document(title: string, body: Content): string {
  return `<!doctype html>
${html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${new Markup(style)}</style></head><body>${body}</body></html>
`}`;
}

/** How many claims came out which way, a badge each. */
export function verdictBadges(counts: Readonly<Record<Verdict, number>>): Markup[] {
  const said = Object.entries(counts).filter(([, count]) => count > 0);
  return said.map(
    ([verdict, count]) => html`<span class="badge ${verdict.replace(" ", "-")}">${count} ${verdict}</span>`,
  );
}

export function section(title: string, ...content: Content[]): Markup {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

export function table({ columns, rows, caption }: TableContent): Markup {
  const cell = (value: TableContent["rows"][number][number]) =>
    typeof value === "number" ? formatNumber(value) : value === null ? "" : breakable(String(value));
  return html`<div class="scroll"><table>${caption !== undefined && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((column) => html`<th>${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((value) => html`<td>${cell(value)}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** Lets long words, such as paths and dotted names, break where people would break them. */
function breakable(text: string): Content {
  if (!/\S{17}/.test(text)) return text;
  return text.split(/(?<=[/\\._-])(?=\w)/).map((part, index) => (index === 0 ? part : html`<wbr>${part}`));
}

/** A value of JSON in words. */
export function plain(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key} ${plain(part)}`)
    .join(", ");
}
