import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { FormAnswer, MessagePageData, PageData } from "../page-data.ts";
import { pack, type SentPage } from "./page-cache.ts";
import { type Site, versionOf, wantsJson } from "./site.ts";

const smallBytes = 1024;

/** A page that all readers without a cookie share; others get their own. */
export async function answerPage(
  site: Site,
  c: Context,
  key: string,
  make: () => Promise<PageData>,
): Promise<Response> {
  const html = async () => await site.render(await make());
  const isShared = c.req.header("cookie") === undefined && c.req.header("authorization") === undefined;
  return answerHtml(c, isShared ? await site.cache.get(key, versionOf(site), html) : await pack(await html()));
}

function answerHtml(c: Context, { html, gzip }: SentPage, status: ContentfulStatusCode = 200): Response {
  c.header("content-type", "text/html; charset=utf-8");
  c.header("cache-control", "no-cache");
  c.header("vary", "cookie, accept-encoding");
  const isPacked = html.length > smallBytes && /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
  if (isPacked) c.header("content-encoding", "gzip");
  return c.body(isPacked ? gzip : html, status);
}

/** A page of one message, or the same as JSON for a program. */
export async function answerMessage(
  site: Pick<Site, "render">,
  c: Context,
  message: Omit<MessagePageData, "kind">,
): Promise<Response> {
  const status = message.status as ContentfulStatusCode;
  c.header("cache-control", "no-store");
  if (wantsJson(c)) {
    const { title, text } = message;
    return c.json({ status, title, text } satisfies FormAnswer, status);
  }
  c.header("content-type", "text/html; charset=utf-8");
  return c.body(await site.render({ kind: "message", ...message }), status);
}
