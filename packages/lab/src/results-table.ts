import { type ClaimResult, countVerdicts, describeBar } from "@paperworks/experiment";
import { formatEstimate } from "./report/numbers.ts";
import type { Reproduction } from "./reproduction.ts";

const begin = "<!-- results -->";
const end = "<!-- /results -->";

/** The README's table: a row a paper, its headline claim, how its claims came out, and what was measured. */
export function resultsTable(reproductions: readonly Reproduction[]): string {
  if (reproductions.length === 0) return "No paper has been reproduced yet.\n";
  const rows = reproductions.map(({ paper, result }) => {
    const link =
      paper.arxiv === null ? cell(paper.title) : `[${cell(paper.title)}](https://arxiv.org/abs/${paper.arxiv})`;
    const headline = result.claims[0];
    const measured = result.claims.map(describeClaim).join("<br>");
    return `| ${link} (\`${paper.slug}\`) | ${cell(headline.paper)} | ${describeCounts(result.claims)} | ${measured} |`;
  });
  const head =
    "| paper | its headline claim | verdicts | measured here (mean ± 90 % interval; bar) |\n| --- | --- | --- | --- |";
  return `${head}\n${rows.join("\n")}\n`;
}

/**
 * The README with the table between its markers.
 * @throws Error when the markers are missing or stand in the wrong order
 */
export function withResultsTable(readme: string, reproductions: readonly Reproduction[]): string {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the README needs the lines ${begin} and ${end}, in this order`);
  return `${readme.slice(0, from + begin.length)}\n${resultsTable(reproductions)}${readme.slice(to)}`;
}

function describeClaim(claim: ClaimResult): string {
  const measured = claim.values.length === 0 ? "not measured" : formatEstimate(claim);
  return `${cell(claim.id)}: ${measured} (${describeBar(claim.bar)}${claim.timing ? ", timing" : ""}), ${claim.verdict}`;
}

function describeCounts(claims: readonly ClaimResult[]): string {
  const counts = Object.entries(countVerdicts(claims)).filter(([, count]) => count > 0);
  return counts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
}

/** Text that stays within its cell and is no markup. */
function cell(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[\\`*_[\]|~]/g, (character) => `\\${character}`)
    .replaceAll(/\s+/g, " ");
}
