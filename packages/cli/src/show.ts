import { describeBar, type Paper, type Setting } from "@paperworks/experiment";
import { alignColumns, type Output, wrap } from "./terminal.ts";

/** A paper's card: what it says, what it claims here, what can be set. `name` is what the command calls it. */
export function printPaper(output: Output, paper: Paper, name: string = paper.slug): void {
  const { title, authors, year, arxiv, family, slug, summary, claims, settings } = paper;
  const { columns } = output;
  output.line(output.style("bold", wrap(title, columns)));
  const facts = [authors.join(", "), String(year), arxiv && `arXiv ${arxiv}`, family, slug].filter(Boolean);
  output.line(output.style("dim", wrap(facts.join(" · "), columns)));
  output.line();
  output.line(wrap(summary, columns));
  output.line();
  output.line(output.style("bold", "Claims"));
  for (const { id, paper: said, measures, bar, needs, timing } of claims) {
    const conditions = [needs.length > 0 && `needs ${needs.join(", ")}`, timing && "timing"].filter(Boolean);
    output.line(`  ${id}: ${describeBar(bar)}${conditions.length > 0 ? ` (${conditions.join("; ")})` : ""}`);
    output.line(wrap(`measured: ${measures}`, columns, "    "));
    output.line(output.style("dim", wrap(`the paper: ${said}`, columns, "    ")));
  }
  const rows = Object.entries(settings).map(([name, setting]) => [
    `  ${name}`,
    String(setting.default),
    range(setting),
    setting.description ?? "",
  ]);
  if (rows.length > 0) {
    output.line();
    output.line(output.style("bold", "Settings (--set name=value)"));
    for (const row of alignColumns(rows)) output.line(row);
  }
  output.line();
  output.line(`Run it with: paperworks run ${name}`);
}

function range({ min, max, choices, default: value }: Setting): string {
  if (choices !== undefined) return choices.join(" | ");
  if (typeof value === "boolean") return "true | false";
  return min === undefined ? "text" : `${min} … ${max}`;
}
