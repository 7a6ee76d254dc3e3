import type { Context } from "hono";
import { z } from "zod";
import type { PageData, PaperCard, SearchAnswer, VoteAnswer } from "../../page-data.ts";
import { answerPage } from "../answers.ts";
import { cardOf } from "../cards.ts";
import { RequestProblem } from "../errors.ts";
import { atomFeed } from "../feed.ts";
import { frontPage } from "../front-page.ts";
import { frontQuery } from "../front-query.ts";
import { moduleOf } from "../modules.ts";
import type { ListedPaper } from "../paper-list.ts";
import { paperPage } from "../paper-page.ts";
import { RateLimiter } from "../rate-limit.ts";
import { readBody } from "../request-body.ts";
import { sameOriginOnly } from "../request-origin.ts";
import { type Site, spend, urlOf, votedBy, wantsJson } from "../site.ts";
import { visitorOf, welcomeVisitor } from "../visitor.ts";
import { toggleVote } from "../votes.ts";

/** Papers of a feed. */
const feedLength = 50;

/** The front page, papers, search, votes and the feed. */
export function addPaperRoutes(
  site: Site,
  { mayRun, hasToken }: { mayRun: (c: Context) => Promise<boolean>; hasToken: boolean },
): void {
  const { app, store, search } = site;
  const parts = { ...site, search: (query: string) => search.search(query) };
  const searches = new RateLimiter({ burst: 100, perMinute: 600 });
  const votes = new RateLimiter({ burst: 30, perMinute: 30 });
  const newVisitors = new RateLimiter({ burst: 10, perMinute: 1 });

  app.get("/", async (c) => {
    const asked = frontQuery(c);
    const make = async () => frontPage(parts, asked, await votedBy(site, c));
    return answerPage(site, c, `front ${JSON.stringify(asked)}`, make);
  });

  app.get("/papers/:slug", async (c) => {
    const paper = await find(site, c.req.param("slug"));
    const serverRuns = await mayRun(c);
    const make = async (): Promise<PageData> => {
      const [card, module, source] = await Promise.all([
        cardFor(site, c, paper),
        moduleOf(paper.slug),
        site.sourceOf(paper),
      ]);
      return paperPage(card, site, { paper: module, source, serverRuns, canSignIn: hasToken && !serverRuns });
    };
    return answerPage(site, c, `paper ${paper.slug} ${serverRuns}`, make);
  });

  app.get("/api/search", async (c) => {
    spend(searches, c);
    const { papers, total } = await frontPage(parts, frontQuery(c), await votedBy(site, c));
    c.header("cache-control", "no-store");
    return c.json({ papers, total } satisfies SearchAnswer);
  });

  app.get("/api/papers", async (c) => {
    spend(searches, c);
    const { papers } = await frontPage(parts, { ...frontQuery(c), query: "" }, await votedBy(site, c));
    c.header("cache-control", "no-store");
    return c.json(papers);
  });

  app.post("/api/papers/:slug/vote", sameOriginOnly, async (c) => {
    spend(votes, c);
    const { back } = await readBody(c, voteSchema);
    const paper = await find(site, c.req.param("slug"));
    const database = await store.database();
    const key = await store.cookieKey();
    let visitor = visitorOf(c, key);
    if (visitor === undefined) {
      // Whoever throws the cookie away votes as somebody else: not often.
      spend(newVisitors, c);
      visitor = welcomeVisitor(c, key);
    } else spend(votes, c, `visitor ${visitor}`);
    const voted = await toggleVote(database, paper.slug, visitor, store.clock());
    store.changed();
    if (!wantsJson(c)) return c.redirect(back ?? `/papers/${paper.slug}`, 303);
    const tally = (await store.tallies(store.today())).get(paper.slug);
    c.header("cache-control", "no-store");
    return c.json({ slug: paper.slug, votes: tally?.votes ?? 0, voted } satisfies VoteAnswer);
  });

  app.get("/feed.xml", async (c) => {
    const all = { query: "", date: null, sort: "newest", family: null, verdict: null } as const;
    const { papers } = await frontPage(parts, all);
    c.header("content-type", "application/atom+xml; charset=utf-8");
    c.header("cache-control", "public, max-age=300");
    return c.body(atomFeed(papers.slice(0, feedLength), urlOf(site, c)));
  });
}

/** A path of this site: "//elsewhere" and "/\elsewhere" lead away from it. */
const voteSchema = z.strictObject({
  back: z
    .string()
    .max(1000)
    .regex(/^\/(?![/\\])[^\p{Cc}\\]*$/u, "is no path of this site")
    .optional(),
});

async function find({ store }: Site, slug: string): Promise<ListedPaper> {
  const paper = (await store.papers()).find((one) => one.slug === slug);
  if (paper === undefined) throw new RequestProblem(404, "No such paper", "There is no paper at this address.");
  return paper;
}

async function cardFor(site: Site, c: Context, paper: ListedPaper): Promise<PaperCard> {
  const [tallies, voted] = await Promise.all([site.store.tallies(site.store.today()), votedBy(site, c)]);
  return cardOf(paper, site, { tally: tallies.get(paper.slug), voted: voted.has(paper.slug) });
}
