import type { Context } from "hono";
import { z } from "zod";
import { isDay } from "./days.ts";
import { RequestProblem } from "./errors.ts";
import { type FrontPageQuery, verdictFilters } from "./front-page.ts";

/** The longest search. */
export const longestQuery = 200;

/** A form without script sends its empty fields too. */
const emptyIsAbsent = (text: unknown) => (text === "" ? undefined : text);

const schema = z.object({
  q: z.string().max(longestQuery).default(""),
  date: z.preprocess(emptyIsAbsent, z.string().refine(isDay, "is no day such as 2026-11-24").optional()),
  sort: z.preprocess(emptyIsAbsent, z.enum(["trending", "newest"]).default("trending")),
  family: z.preprocess(
    emptyIsAbsent,
    z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, "is no family")
      .optional(),
  ),
  verdict: z.preprocess(emptyIsAbsent, z.enum(verdictFilters).optional()),
});

/** What an address asks of the list. @throws RequestProblem 400 that names the part that is wrong */
export function frontQuery(c: Context): FrontPageQuery {
  const { q, date, sort, family, verdict } = c.req.query();
  const read = schema.safeParse({ q, date, sort, family, verdict });
  if (!read.success) {
    const { path, message } = read.error.issues[0];
    throw new RequestProblem(400, "Not understood", `The address has a wrong "${String(path[0])}": ${message}.`);
  }
  const asked = read.data;
  return {
    query: asked.q.trim(),
    date: asked.date ?? null,
    sort: asked.sort,
    family: asked.family ?? null,
    verdict: asked.verdict ?? null,
  };
}
