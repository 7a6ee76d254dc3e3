import { describeBar } from "@paperworks/experiment";
import type { FrontPageData, MessagePageData, PageData, PaperCard, PaperPageData } from "../page-data.ts";
import { escapeMarkup as text } from "./markup.ts";

/** A page without looks, for a server without the built ones: everything can be read and every form works. */
export function plainPage(page: PageData): string {
  const [title, body] = {
    front: () => ["Daily Papers", frontBody(page as FrontPageData)],
    paper: () => [(page as PaperPageData).card.title, paperBody(page as PaperPageData)],
    message: () => [(page as MessagePageData).title, messageBody(page as MessagePageData)],
  }[page.kind]();
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)} – Paperworks</title>
<link rel="alternate" type="application/atom+xml" href="/feed.xml" title="Daily Papers"></head>
<body><header><a href="/">Daily Papers</a></header><main>${body}</main></body></html>`;
}

function frontBody({ date, query, sort, family, verdict, families, papers, total }: FrontPageData): string {
  const link = (name: string, count: number) =>
    `<li><a href="/?family=${encodeURIComponent(name)}">${text(name)}</a> (${count})</li>`;
  return `<h1>Daily Papers</h1><p>${date}: ${papers.length} of ${total} papers, ${sort}${family === null ? "" : `, ${text(family)}`}${verdict === null ? "" : `, ${text(verdict)}`}. <a href="/?sort=trending">Trending</a> <a href="/?sort=newest">Newest</a></p>
<form action="/" role="search"><label>Search <input type="search" name="q" maxlength="200" value="${text(query)}"></label> <button>Search</button></form>
<ul>${families.map(({ name, papers: count }) => link(name, count)).join("")}</ul>
${papers.map((card) => `<article><h2><a href="/papers/${card.slug}">${text(card.title)}</a></h2>${cardBody(card)}</article>`).join("\n")}
<form method="post" action="/api/subscribe"><label>Get the papers in your inbox <input type="email" name="email" required maxlength="254"></label> <button>Subscribe</button></form>`;
}

function cardBody(card: PaperCard): string {
  const { slug, family, year, summary, verdicts, picture, votes, voted, runs } = card;
  const counts =
    verdicts === null
      ? runs
        ? "not measured yet"
        : "not built yet"
      : `${verdicts.reproduced} reproduced, ${verdicts.missed} missed, ${verdicts.inconclusive} inconclusive, ${verdicts.notJudged} not judged`;
  return `<p>${text(summary === "" ? "No summary yet." : summary)}</p><p>${text(family)}, ${year}; ${counts}</p>
${picture === null ? "" : `<img src="${text(picture.url)}" alt="${text(picture.alt)}" width="320" loading="lazy">`}
<form method="post" action="/api/papers/${slug}/vote"><button aria-pressed="${voted}">${voted ? "Take the vote back" : "Vote"}</button> ${votes} ${votes === 1 ? "vote" : "votes"}</form>`;
}

function paperBody(page: PaperPageData): string {
  const { card, claims, measured, figures, images, sounds, tables, downloads, bibtex } = page;
  const rows = claims.map(({ claim, result }) => {
    const value = result?.value === null || result === null ? "–" : String(Number(result.value.toPrecision(4)));
    const spread = result?.spread === null || result === null ? "" : ` ± ${Number(result.spread.toPrecision(2))}`;
    const verdict =
      result === null ? "not run" : `${result.verdict}${result.reason === null ? "" : `: ${result.reason}`}`;
    const cells = [claim.paper, claim.measures, describeBar(claim.bar), `${value}${spread}`, verdict];
    return row(cells.map(text), "td");
  });
  const head = row(["The paper says", "Measured here", "Bar", "Value", "Verdict"], "th");
  return `<h1>${text(card.title)}</h1><p>${card.authors.map(text).join(", ")}</p>${cardBody(card)}
${card.arxiv === null ? "" : `<p><a href="https://arxiv.org/abs/${text(card.arxiv)}" rel="noreferrer">arXiv ${text(card.arxiv)}</a></p>`}
${rows.length === 0 ? "<p>There is no module for this paper yet.</p>" : `<table><caption>Claims</caption>${head}${rows.join("")}</table>`}
${measured === null ? "" : `<p>Measured on ${text(measured.date)}, ${text(measured.machine)}.</p>`}
${figures.map(({ title, caption }) => `<p>Figure: ${text(title)} ${text(caption ?? "")}</p>`).join("")}
${images.map(({ url, name, caption }) => `<figure><img src="${text(url)}" alt="${text(name)}"><figcaption>${text(caption ?? "")}</figcaption></figure>`).join("")}
${sounds.map(({ url, name }) => `<figure><figcaption>${text(name)}</figcaption><audio controls src="${text(url)}"></audio></figure>`).join("")}
${tables
  .map(
    ({ name, columns, rows: cells, caption }) =>
      `<table><caption>${text(caption ?? name)}</caption>${row(columns.map(text), "th")}${cells
        .map((one) =>
          row(
            one.map((cell) => text(String(cell ?? ""))),
            "td",
          ),
        )
        .join("")}</table>`,
  )
  .join("")}
<ul>${downloads.map(({ label, url, bytes }) => `<li><a href="${text(url)}" download>${text(label)}</a> (${bytes} bytes)</li>`).join("")}</ul>
<pre>${text(bibtex)}</pre>
${page.source.map(({ path, sections }) => `<section><h2>${text(path)}</h2>${sections.map(({ proseHtml, codeHtml }) => `${proseHtml}${codeHtml}`).join("")}</section>`).join("")}`;
}

function row(cells: readonly string[], tag: "td" | "th"): string {
  return `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
}

function messageBody({ title, text: said, action }: MessagePageData): string {
  const field =
    action?.field === undefined
      ? ""
      : `<label>${text(action.field.label)} <input type="password" name="${text(action.field.name)}" required></label> `;
  const button =
    action === undefined
      ? ""
      : `<form method="post" action="${text(action.url)}">${field}<button>${text(action.label)}</button></form>`;
  return `<h1>${text(title)}</h1><p>${text(said)}</p>${button}`;
}
