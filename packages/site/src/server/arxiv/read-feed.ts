import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import { FeedError } from "../errors.ts";
import type { ImportedPaper } from "../paper-list.ts";

/** arXiv numbers of now and before April 2007, without a version. */
const number = "\\d{4}\\.\\d{4,5}|[a-z-]+(?:\\.[A-Z]{2})?/\\d{7}";
const numberAlone = new RegExp(`^(?:arxiv:|https?://arxiv\\.org/(?:abs|pdf)/)?(${number})(?:v\\d+)?$`, "i");
const numberInId = new RegExp(`^https?://arxiv\\.org/abs/(${number})(?:v\\d+)?$`);

/** The number in "2312.06635", "arXiv:2312.06635v2" or the address of its page; undefined in anything else. */
export function arxivNumber(text: string): string | undefined {
  return numberAlone.exec(text.trim())?.[1];
}

/** A line of text: white space is one space, and nothing is in it that no text has. */
const line = (most: number) =>
  z
    .string()
    .transform((text) => text.replaceAll(/\s+/g, " ").trim())
    .pipe(
      z
        .string()
        .min(1)
        .max(most)
        .regex(/^\P{Cc}+$/u, "has control characters"),
    );

const entrySchema = z.object({
  id: z
    .string()
    .trim()
    .regex(numberInId, "is no address of a paper such as http://arxiv.org/abs/2312.06635v1")
    .transform((id) => numberInId.exec(id)![1]),
  title: line(500),
  published: z.iso.datetime(),
  author: z
    .array(z.object({ name: line(200) }))
    .min(1)
    .max(5000),
});

/** The most entries that are taken at once. */
const mostEntries = 2000;

/**
 * Reads a feed as arXiv's interface gives it (Atom). All entries are taken or none.
 * @param source what it is called in errors
 * @throws FeedError with the line, for anything that is not such a feed
 */
export function readFeed(xml: string, source: string): ImportedPaper[] {
  const doctype = xml.search(/<!(?:DOCTYPE|ENTITY)/i);
  if (doctype >= 0)
    throw new FeedError(source, "it declares a document type, which no feed does", lineAt(xml, doctype));
  const validity = XMLValidator.validate(xml);
  if (validity !== true) throw new FeedError(source, lowerFirst(validity.err.msg), validity.err.line);
  const parser = new XMLParser({
    isArray: (name, path) => name === "author" || (name === "entry" && String(path) === "feed.entry"),
    parseTagValue: false,
    ignoreAttributes: true,
    removeNSPrefix: true,
  });
  let feed: { entry?: unknown[] } | "" | undefined;
  try {
    feed = parser.parse(xml).feed;
  } catch (error) {
    // What passes the validator and not the parser is an instruction, a comment or a section without its end.
    throw new FeedError(source, lowerFirst((error as Error).message), lineAt(xml, xml.search(/<[?!]/)));
  }
  if (feed === undefined) throw new FeedError(source, "it is no Atom feed: it has no <feed>", 1);
  const entries = (feed === "" ? undefined : feed.entry) ?? [];
  if (entries.length === 0) throw new FeedError(source, "it has no entry", lineAt(xml, xml.indexOf("<feed")));
  if (entries.length > mostEntries)
    throw new FeedError(source, `it has ${entries.length} entries, over ${mostEntries}`);
  const starts = [...xml.matchAll(/<entry[\s>]/g)].map(({ index }) => index);
  const papers = entries.map((entry, index) => readEntry(entry, xml, starts[index] ?? 0, source));
  const seen = new Set<string>();
  for (const [index, { arxiv }] of papers.entries()) {
    if (seen.has(arxiv)) throw new FeedError(source, `${arxiv} is in it twice`, lineAt(xml, starts[index]));
    seen.add(arxiv);
  }
  return papers;
}

function readEntry(entry: unknown, xml: string, start: number, source: string): ImportedPaper {
  const told = entry as { id?: unknown; title?: unknown; summary?: unknown };
  if (typeof told.id === "string" && /arxiv\.org\/api\/errors/.test(told.id)) {
    throw new FeedError(source, `arXiv says: ${String(told.summary).trim()}`, lineAt(xml, start));
  }
  const read = entrySchema.safeParse(entry);
  if (!read.success) {
    const { path, message } = read.error.issues[0];
    const field = path.filter((part) => typeof part === "string").join(".");
    throw new FeedError(source, `an entry's ${field} is wrong: ${lowerFirst(message)}`, lineOfField(xml, start, path));
  }
  const { id: arxiv, title, published, author } = read.data;
  return { arxiv, title, year: Number(published.slice(0, 4)), authors: author.map(({ name }) => name) };
}

/** The line of the field that was wrong, or of its entry when it is missing. */
function lineOfField(xml: string, start: number, path: readonly PropertyKey[]): number {
  const end = xml.indexOf("</entry>", start);
  let at = start;
  for (const part of path) {
    if (typeof part === "number") {
      // The first one was found by its name.
      for (let skipped = 0; skipped < part; skipped++) at = xml.indexOf("<author", at + 1);
    } else {
      const found = xml.indexOf(`<${String(part)}`, at);
      if (found < 0 || found > end) break;
      at = found;
    }
  }
  return lineAt(xml, at);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, Math.max(0, index)).split("\n").length;
}

function lowerFirst(text: string): string {
  return `${text[0].toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
}
