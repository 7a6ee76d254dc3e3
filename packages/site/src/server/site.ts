import type { Context, Hono } from "hono";
import type { RenderPage, SourceFile } from "../page-data.ts";
import { RequestProblem } from "./errors.ts";
import type { Mailer } from "./mail/mailer.ts";
import type { Measured } from "./measured.ts";
import type { PageCache } from "./page-cache.ts";
import type { PaperSearch } from "./paper-search.ts";
import type { RateLimiter } from "./rate-limit.ts";
import { addressOf } from "./request-origin.ts";
import type { SiteStore } from "./site-store.ts";
import { visitorOf } from "./visitor.ts";
import { votesOf } from "./votes.ts";

/** The annotated source of a paper. */
export type SourceOf = (paper: { readonly family: string; readonly slug: string }) => Promise<readonly SourceFile[]>;

/** What all routes share. */
export interface Site extends Measured {
  readonly app: Hono;
  readonly store: SiteStore;
  readonly search: PaperSearch;
  readonly render: RenderPage;
  readonly sourceOf: SourceOf;
  readonly cache: PageCache;
  readonly mailer: Mailer | undefined;
  /** Where links in mails and feeds lead; where a visitor came to, if it is not said. */
  readonly siteUrl: string | undefined;
  /** Work that goes on after its answer. */
  readonly behind: (work: Promise<unknown>) => void;
}

/** The address of the site as this visitor knows it, without a slash at the end. */
export function urlOf({ siteUrl }: Pick<Site, "siteUrl">, c: Context): string {
  return siteUrl ?? new URL(c.req.url).origin;
}

/** Of everything that pages show. */
export function versionOf({ store, results, runs }: Site): string {
  results.refresh();
  runs.refresh();
  return `${store.version}.${results.version}.${runs.version}.${store.today()}`;
}

/** What a visitor voted for; nothing of one who has no cookie, without asking the database. */
export async function votedBy({ store }: Site, c: Context): Promise<Set<string>> {
  if (c.req.header("cookie") === undefined || !store.isReady) return new Set();
  const visitor = visitorOf(c, await store.cookieKey());
  return visitor === undefined ? new Set() : votesOf(await store.database(), visitor);
}

/** @throws RequestProblem 429 when a visitor's address, or what else is counted, has had its share */
export function spend(limiter: RateLimiter, c: Context, key = addressOf(c)): void {
  const seconds = limiter.take(key);
  if (seconds > 0) {
    const headers = { "retry-after": String(seconds) };
    throw new RequestProblem(429, "Too often", `That was too often; try again in ${seconds} seconds.`, headers);
  }
}

/** Whether the answer is for a program rather than a reader. */
export function wantsJson(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  if (accept.includes("application/json")) return true;
  return c.req.path.startsWith("/api/") && !accept.includes("text/html");
}
