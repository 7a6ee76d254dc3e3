import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RenderPage, SearchAnswer } from "../page-data.ts";
import { createSite } from "./create-site.ts";
import { type FixtureSite, openFixtureSite, unbuiltPaper } from "./fixture-site.ts";
import { addImportedPapers } from "./paper-list.ts";

let site: FixtureSite;
beforeAll(async () => {
  site = await openFixtureSite();
}, 60_000);
afterAll(() => site.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  site.app.request(`http://localhost${path}`, { headers });
const post = (path: string, body?: string | Record<string, string>, headers: Record<string, string> = {}) =>
  site.app.request(`http://localhost${path}`, {
    method: "POST",
    body: typeof body === "object" ? new URLSearchParams(body) : body,
    headers: { "sec-fetch-site": "same-origin", accept: "application/json", ...headers },
  });
const search = async (query: string): Promise<SearchAnswer> => (await get(`/api/search?${query}`)).json();

describe("the front page", () => {
  test("lists all 91 papers of the catalogue, and says which are not built", async () => {
    const response = await get("/");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const html = await response.text();
    expect(html.match(/<article>/g)).toHaveLength(91);
    expect(html).toContain("1 reproduced, 1 missed");
    expect(html).toContain("not built yet");
    expect(html).toContain('alt="A grid of samples"');
  });

  test("goes out packed to whom takes it so, with the same content", async () => {
    const packed = await get("/", { "accept-encoding": "gzip, br" });
    expect(packed.headers.get("content-encoding")).toBe("gzip");
    const { gunzipSync } = await import("node:zlib");
    expect(gunzipSync(Buffer.from(await packed.arrayBuffer())).toString()).toBe(await (await get("/")).text());
  });

  test.each([
    ["?family=attention", (papers: SearchAnswer["papers"]) => papers.every(({ family }) => family === "attention")],
    ["?verdict=missed", (papers: SearchAnswer["papers"]) => papers.map(({ slug }) => slug).join() === "aaren"],
    ["?verdict=not+measured", (papers: SearchAnswer["papers"]) => papers.every(({ verdicts }) => verdicts === null)],
  ])("is filtered by %s", async (query, holds) => {
    const { papers, total } = await search(query.slice(1));
    expect(papers.length).toBeGreaterThan(0);
    expect([holds(papers), total]).toEqual([true, 91]);
  });

  test("takes the empty fields that a form without script sends", async () => {
    expect((await get("/?q=&date=&sort=&family=&verdict=")).status).toBe(200);
  });

  test.each(["/?date=2026-02-30", "/?sort=best", "/?family=../x", "/?verdict=great", `/?q=${"x".repeat(201)}`])(
    "says what is wrong with %s",
    async (path) => {
      const response = await get(path, { accept: "text/html" });
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/The address has a wrong &#34;(date|sort|family|verdict|q)&#34;/);
    },
  );

  test("of a day before the first listing is empty", async () => {
    expect(await search("date=2020-01-01")).toEqual({ papers: [], total: 0 });
  });
});

describe("search", () => {
  test.each([
    ["a slip of the pen", "atention", "aaren"],
    ["half a word", "gated+lin", "gla"],
    ["a word of a summary", "stiffness", "stepnet"],
    ["the end of a query that is being typed", "hyperz", "terminator"],
  ])("forgives or takes %s", async (_, query, slug) => {
    const { papers } = await search(`q=${query}`);
    expect(papers.slice(0, 8).map((paper) => paper.slug)).toContain(slug);
  });

  test("finds nothing for nonsense", async () => {
    expect((await search("q=qqqzzzxxyy")).papers).toEqual([]);
  });
});

describe("a paper's page", () => {
  test("has its claims with what came of them, tables, downloads and citation", async () => {
    const html = await (await get("/papers/aaren")).text();
    for (const part of [
      "2 ± 0.1",
      "reproduced",
      "missed",
      "x&#38;y",
      "Some numbers",
      "/files/aaren/model.onnx",
      "@misc{aaren2024",
    ]) {
      expect(html).toContain(part);
    }
    expect(html).toContain("A curve &#60;of loss&#62;");
    expect(html).toContain("Measured on 2026-11-20, Made-up, 2 cores");
  });

  test("of a paper without a module says so", async () => {
    expect(await (await get(`/papers/${unbuiltPaper}`)).text()).toContain("There is no module for this paper yet.");
  });

  test.each(["/papers/nothing", "/papers/..%2f..%2fetc", "/papers/%00", "/nowhere"])("is not at %s", async (path) => {
    const response = await get(path, { accept: "text/html" });
    expect([response.status, response.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
  });
});

test("pictures and files of runs are given out, and nothing beside them", async () => {
  const picture = await get("/pictures/aaren/grid.png");
  expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
  const tag = picture.headers.get("etag")!;
  expect((await get("/pictures/aaren/grid.png", { "if-none-match": tag })).status).toBe(304);
  expect(await (await get("/files/aaren/model.onnx")).text()).toBe("onnx");
  expect((await get("/files/aaren/model.onnx")).headers.get("content-disposition")).toMatch(/^attachment/);
  for (const path of [
    "/files/aaren/run.json",
    "/files/aaren/..%2frun.json",
    "/pictures/aaren/%2e%2e",
    "/files/x/model.onnx",
  ]) {
    expect((await get(path)).status).toBe(404);
  }
});

test("without any run the figures that were kept with a result are shown", async () => {
  const folder = join(site.folder, "results/aaren/figures");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "curve.vl.json"), '{"mark":"line","description":"kept"}');
  writeFileSync(join(folder, "curve.svg"), '<svg xmlns="http://www.w3.org/2000/svg"><title>kept</title></svg>');
  const { database } = site;
  const rendered: string[] = [];
  const render: RenderPage = async (page) => {
    rendered.push(JSON.stringify(page));
    return "";
  };
  const runs = join(site.folder, "no-runs");
  const { app, close } = createSite({ database, results: join(site.folder, "results"), runs, render });
  await app.request("http://localhost/papers/aaren");
  await app.request("http://localhost/");
  expect(rendered[0]).toContain('"description":"kept"');
  expect(rendered[1]).toContain("/pictures/aaren/curve.svg?v=");
  expect(await (await app.request("http://localhost/pictures/aaren/curve.svg")).text()).toContain("kept");
  close();
  rmSync(join(site.folder, "results/aaren"), { recursive: true });
});

test("the feed is Atom and has the newest papers", async () => {
  const response = await get("/feed.xml");
  expect(response.headers.get("content-type")).toBe("application/atom+xml; charset=utf-8");
  const xml = await response.text();
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  expect(XMLValidator.validate(xml)).toBe(true);
  const { feed } = new XMLParser().parse(xml);
  expect(feed.entry).toHaveLength(50);
  expect(feed.entry[0].id).toMatch(/^http:\/\/localhost\/papers\//);
});

test("every answer forbids what the site does not need", async () => {
  for (const path of ["/", "/nowhere", "/api/search", "/feed.xml", "/papers/aaren"]) {
    const { headers } = await get(path);
    expect(headers.get("content-security-policy")).toMatch(/default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-embedder-policy")).toBe("require-corp");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("set-cookie")).toBe(null);
  }
});

test("a name that is not this machine's is not answered", async () => {
  expect((await site.app.request("http://evil.example/")).status).toBe(421);
  expect((await site.app.request("http://127.0.0.1:8787/")).status).toBe(200);
});

test("another method is refused with those that are taken", async () => {
  const response = await site.app.request("http://localhost/papers/aaren", { method: "DELETE" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect((await site.app.request("http://localhost/", { method: "HEAD" })).status).toBe(200);
  expect((await site.app.request("http://localhost/api/subscribe")).status).toBe(405);
});

describe("a vote", () => {
  const cookieOf = (response: Response) => response.headers.get("set-cookie")!.split(";")[0];

  test("is one a visitor, given and taken back by the same button", async () => {
    const first = await post("/api/papers/metamixer/vote");
    expect(await first.json()).toEqual({ slug: "metamixer", votes: 1, voted: true });
    expect(first.headers.get("set-cookie")).toMatch(/HttpOnly; SameSite=Lax/);
    const cookie = cookieOf(first);
    const own = await (await get("/", { cookie })).text();
    expect(own.match(/Take the vote back/g)).toHaveLength(1);
    expect(await (await get("/")).text()).not.toContain("Take the vote back");
    const second = await post("/api/papers/metamixer/vote", undefined, { cookie });
    expect(await second.json()).toEqual({ slug: "metamixer", votes: 0, voted: false });
    expect(second.headers.get("set-cookie")).toBe(null);
  });

  test("puts a paper first while it is fresh, and an older day does not know of it", async () => {
    await post("/api/papers/flashrnn/vote");
    expect((await search("")).papers[0].slug).toBe("flashrnn");
    site.time.now = new Date("2026-12-24T12:00:00Z");
    site.store.changed();
    expect((await search("date=2026-11-24")).papers[0]).toMatchObject({ slug: "flashrnn", votes: 1 });
    await addImportedPapers(
      site.database,
      [{ title: "Fresh", year: 2026, arxiv: "2612.00001", authors: ["A"] }],
      site.time.now,
    );
    site.store.changed();
    expect((await search("")).papers[0]).toMatchObject({ slug: "arxiv-2612-00001", family: "new", summary: "" });
    expect((await search("sort=newest")).papers[0].slug).toBe("arxiv-2612-00001");
    expect((await search("date=2026-11-24")).total).toBe(91);
    expect((await search("q=fresh")).papers[0].slug).toBe("arxiv-2612-00001");
    site.time.now = new Date("2026-11-24T12:00:00Z");
    site.store.changed();
  });

  test("by a plain form leads back to where it was given", async () => {
    const response = await post("/api/papers/gla/vote", { back: "/?q=linear" }, { accept: "text/html" });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/?q=linear"]);
  });

  test.each(["//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nset-cookie: x=1"])(
    "does not lead to %j",
    async (back) => {
      const response = await post("/api/papers/gla/vote", { back }, { accept: "text/html" });
      expect([response.status, response.headers.get("location")]).toEqual([400, null]);
    },
  );

  test.each([
    ["another site's page", { "sec-fetch-site": "cross-site" }],
    ["another name of this site", { "sec-fetch-site": "same-site" }],
  ])("from %s is refused", async (_, headers) => {
    expect((await post("/api/papers/gla/vote", undefined, headers)).status).toBe(403);
  });

  test("from another origin is refused where the browser says no more", async () => {
    const by = (origin: string) =>
      site.app.request("http://localhost/api/papers/gla/vote", { method: "POST", headers: { origin } });
    expect((await by("http://evil.example")).status).toBe(403);
    expect((await by("null")).status).toBe(403);
    expect((await by("http://localhost")).status).not.toBe(403);
  });

  test("with a cookie that was not given here is that of a new visitor", async () => {
    const forged = await post("/api/papers/sparsifiner/vote", undefined, { cookie: "visitor=abc.def" });
    expect(forged.headers.get("set-cookie")).toMatch(/^visitor=/);
  });

  test("is refused when they come too often, and says when to try again", async () => {
    let refused: Response | undefined;
    for (let tries = 0; tries < 60 && refused === undefined; tries++) {
      const response = await post("/api/papers/gla/vote");
      if (response.status === 429) refused = response;
    }
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("for a paper that is not there is 404, and a body too long 413", async () => {
    const other = await openFixtureSite({ database: site.database });
    const to = (path: string, body?: string) =>
      other.app.request(`http://localhost${path}`, {
        method: "POST",
        body,
        headers: { "content-type": "application/json" },
      });
    expect((await to("/api/papers/none/vote")).status).toBe(404);
    expect((await to("/api/papers/gla/vote", JSON.stringify({ back: "/".repeat(20_000) }))).status).toBe(413);
    expect((await to("/api/papers/gla/vote", '{"other":1}')).status).toBe(400);
    expect((await to("/api/papers/gla/vote", "{")).status).toBe(400);
    await other.close();
  });
});

test("nothing failed on the way", () => expect(site.errors).toEqual([]));
