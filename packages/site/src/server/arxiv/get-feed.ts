import { readFile, stat } from "node:fs/promises";
import { FeedError } from "../errors.ts";
import { arxivNumber } from "./read-feed.ts";

export const arxivInterface = "https://export.arxiv.org/api/query";

const mostBytes = 20_000_000;
const patienceMilliseconds = 30_000;

/**
 * The text of a feed: of a paper by its arXiv number, or of a file.
 * @param from the address of an interface that speaks arXiv's language
 * @throws FeedError when there is none
 */
export async function getFeed(
  what: string,
  { from = arxivInterface, signal }: { from?: string; signal?: AbortSignal } = {},
): Promise<{ xml: string; source: string }> {
  const number = arxivNumber(what);
  return number === undefined ? readFeedFile(what) : fetchFeed(number, from, signal);
}

async function readFeedFile(path: string): Promise<{ xml: string; source: string }> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    throw new FeedError(path, "it is neither an arXiv number such as 2312.06635 nor a file");
  }
  if (found.size > mostBytes) throw new FeedError(path, `it has ${found.size} bytes, over ${mostBytes}`);
  return { xml: await readFile(path, "utf8"), source: path };
}

async function fetchFeed(
  number: string,
  from: string,
  signal: AbortSignal | undefined,
): Promise<{ xml: string; source: string }> {
  if (!URL.canParse(from) || !/^https?:$/.test(new URL(from).protocol)) {
    throw new FeedError(from, "it is no address such as https://export.arxiv.org/api/query");
  }
  const url = new URL(from);
  url.searchParams.set("id_list", number);
  url.searchParams.set("max_results", "1");
  const patience = AbortSignal.timeout(patienceMilliseconds);
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
      headers: { accept: "application/atom+xml", "user-agent": "paperworks" },
    });
    if (!response.ok) throw new FeedError(url.href, `it answers ${response.status}`);
    return { xml: await readBounded(response, url.href), source: url.href };
  } catch (error) {
    if (error instanceof FeedError) throw error;
    const { message, cause } = error as Error;
    const why = cause instanceof Error && cause.message !== "" ? `${message}: ${cause.message}` : message;
    throw new FeedError(url.href, `it cannot be read (${why})`);
  }
}

async function readBounded(response: Response, source: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new FeedError(source, `it has over ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
