import type { PaperCard } from "../page-data.ts";

/** A BibTeX entry of a paper. */
export function bibtexOf({ slug, title, year, arxiv, authors }: PaperCard): string {
  const fields: [string, string][] = [["title", `{${escaped(title)}}`]];
  if (authors.length > 0) fields.push(["author", authors.map(escaped).join(" and ")]);
  fields.push(["year", String(year)]);
  if (arxiv !== null) {
    fields.push(["eprint", arxiv], ["archivePrefix", "arXiv"], ["url", `https://arxiv.org/abs/${arxiv}`]);
  }
  const lines = fields.map(([name, value]) => `  ${name} = {${value}}`);
  return `@misc{${slug.replaceAll("-", "")}${year},\n${lines.join(",\n")}\n}`;
}

/** Characters that LaTeX reads as commands. */
function escaped(text: string): string {
  return text.replaceAll(/[\\{}$&#_%~^]/g, (sign) =>
    sign === "\\" ? "\\textbackslash{}" : /[~^]/.test(sign) ? `\\${sign}{}` : `\\${sign}`,
  );
}
