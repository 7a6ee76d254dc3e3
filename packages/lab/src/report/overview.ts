import { join } from "node:path";
import { countVerdicts } from "@paperworks/experiment";
import { writeFileAtomic } from "../atomic-file.ts";
import type { Reproduction } from "../reproduction.ts";
import { claimBlock } from "./claims.ts";
import { html, type Markup } from "./html.ts";
import { formatDuration } from "./numbers.ts";
import { document, plain, verdictBadges } from "./parts.ts";

/** A page about all papers that have been reproduced, standing alone as `reportPage` does. */
export function overviewPage(reproductions: readonly Reproduction[]): string {
  const claims = reproductions.flatMap(({ result }) => result.claims);
  const body = [
    html`<header><p class="soft">${reproductions.length} papers, ${claims.length} claims</p><h1>Reproductions</h1>
<p class="head">${verdictBadges(countVerdicts(claims))}</p></header>`,
    html`<div class="scroll"><table><thead><tr><th>paper</th><th>verdicts</th><th>time</th></tr></thead><tbody>${reproductions.map(
      ({ paper, result }) =>
        html`<tr><td><a href="#${paper.slug}">${paper.title}</a></td><td><span class="head">${verdictBadges(countVerdicts(result.claims))}</span></td><td>${formatDuration(result.seconds)}</td></tr>`,
    )}</tbody></table></div>`,
    reproductions.map(paperSection),
    html`<p class="soft">A claim is reproduced when the whole 90 % interval (Student's t over the seeds) clears the bar, missed when none of it does, else inconclusive. Points are values, one a seed; the shaded side clears the bar.</p>`,
  ];
  return document("Reproductions", body);
}

/** Writes the page into the folder of results. @returns the file */
export function writeOverview(results: string, reproductions: readonly Reproduction[]): string {
  const file = join(results, "report.html");
  writeFileAtomic(file, overviewPage(reproductions));
  return file;
}

function paperSection({ paper, commit, changed, result }: Reproduction): Markup {
  const { machine, data, times } = result;
  const sources = commit === null ? "no commit known" : `commit ${commit.slice(0, 12)}${changed ? " and changes" : ""}`;
  const read = data.map(({ dataset, origin, from }) => `${dataset} (${origin}: ${from})`);
  return html`<section id="${paper.slug}"><h2>${paper.title}</h2>
<p class="soft">${paper.slug} · ${paper.family} · ${paper.year}${
    paper.arxiv !== null && html` · <a rel="cite" href="https://arxiv.org/abs/${paper.arxiv}">arXiv ${paper.arxiv}</a>`
  }</p>
<div class="claims">${result.claims.map(claimBlock)}</div>
<p class="soft">Data: ${read.length > 0 ? read.join("; ") : "none"}.</p>
<details><summary>${formatDuration(result.seconds)} on ${plain(machine.cpu)}, ${sources}</summary>
<p class="soft">${times.started.slice(0, 16).replace("T", " ")} UTC · ${Object.entries(machine).map(
    ([name, value], index) => html`${index > 0 && " · "}${name} ${plain(value)}`,
  )}</p></details></section>`;
}
