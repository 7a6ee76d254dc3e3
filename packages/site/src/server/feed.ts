import type { PaperCard } from "../page-data.ts";
import { escapeMarkup as text } from "./markup.ts";

/** The newest papers as an Atom feed (RFC 4287). */
export function atomFeed(papers: readonly PaperCard[], siteUrl: string): string {
  const updated = papers[0]?.listed ?? "2026-01-01";
  const entries = papers.map(
    ({ slug, title, authors, summary, listed, family }) => `<entry>
<id>${text(`${siteUrl}/papers/${slug}`)}</id>
<title>${text(title)}</title>
<updated>${listed}T00:00:00Z</updated>
${(authors.length > 0 ? authors : ["unknown"]).map((name) => `<author><name>${text(name)}</name></author>`).join("")}
<category term="${text(family)}"/>
<link rel="alternate" type="text/html" href="${text(`${siteUrl}/papers/${slug}`)}"/>
<summary>${text(summary)}</summary>
</entry>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${text(`${siteUrl}/`)}</id>
<title>Daily Papers</title>
<subtitle>Neural-network papers that run</subtitle>
<updated>${updated}T00:00:00Z</updated>
<link rel="self" type="application/atom+xml" href="${text(`${siteUrl}/feed.xml`)}"/>
<link rel="alternate" type="text/html" href="${text(`${siteUrl}/`)}"/>
${entries.join("\n")}
</feed>
`;
}
