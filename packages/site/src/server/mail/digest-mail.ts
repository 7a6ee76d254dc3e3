import type { PaperCard } from "../../page-data.ts";
import type { Day } from "../days.ts";
import { escapeMarkup as text } from "../markup.ts";
import type { Mail } from "./mailer.ts";

/** A paper of a digest, with a picture of its run where one left any. */
export interface DigestPaper {
  readonly card: PaperCard;
  readonly picture: { readonly name: string; readonly png: Uint8Array; readonly alt: string } | null;
}

/** The digest of a day for one reader, with the links that end it (RFC 2369 and RFC 8058). */
export function digestMail(
  to: string,
  { day, papers, siteUrl, token }: { day: Day; papers: readonly DigestPaper[]; siteUrl: string; token: string },
): Mail {
  const leave = `${siteUrl}/unsubscribe/${token}`;
  return {
    to,
    subject: `Daily Papers, ${day}: ${papers[0].card.title}`.slice(0, 150),
    text: `Daily Papers, ${day}\n\n${papers.map(({ card }) => plain(card, siteUrl)).join("\n\n")}\n\n--\nYou confirmed this address on ${siteUrl}. Unsubscribe: ${leave}\n`,
    html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Daily Papers, ${day}</title></head>
<body style="font-family:system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;line-height:1.5">
<h1 style="font-size:1.4rem">Daily Papers, ${day}</h1>
${papers.map((paper, index) => rich(paper, index, siteUrl)).join("\n")}
<hr><p style="font-size:.85rem">You confirmed this address on <a href="${text(siteUrl)}">${text(siteUrl)}</a>. <a href="${text(leave)}">Unsubscribe</a></p>
</body></html>`,
    headers: { "List-Unsubscribe": `<${leave}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    pictures: papers.flatMap(({ picture }, index) =>
      picture === null ? [] : [{ cid: cidOf(index), name: picture.name, png: picture.png }],
    ),
  };
}

function plain(card: PaperCard, siteUrl: string): string {
  const lines = [card.title, `${card.family}, ${card.year}; ${verdicts(card)}`, card.summary, urlOf(card, siteUrl)];
  return lines.filter((line) => line !== "").join("\n");
}

function rich({ card, picture }: DigestPaper, index: number, siteUrl: string): string {
  const image =
    picture === null
      ? ""
      : `<p><img src="cid:${cidOf(index)}" alt="${text(picture.alt)}" style="max-width:100%;height:auto"></p>`;
  return `<section><h2 style="font-size:1.1rem;margin-bottom:.2rem"><a href="${text(urlOf(card, siteUrl))}">${text(card.title)}</a></h2>
<p style="margin:.2rem 0;color:#555">${text(card.family)}, ${card.year}; ${text(verdicts(card))}</p><p style="margin:.2rem 0">${text(card.summary)}</p>${image}</section>`;
}

function verdicts({ verdicts: counts, runs }: PaperCard): string {
  if (counts === null) return runs ? "not measured yet" : "not built yet";
  const named = Object.entries({ ...counts, "not judged": counts.notJudged }).filter(([name]) => name !== "notJudged");
  return named.flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : [])).join(", ");
}

function urlOf({ slug }: PaperCard, siteUrl: string): string {
  return `${siteUrl}/papers/${slug}`;
}

function cidOf(index: number): string {
  return `paper-${index + 1}@paperworks`;
}
