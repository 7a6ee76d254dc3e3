import { DataSource, memoryFinder } from "@paperworks/data";
import { JobQueue } from "@paperworks/lab/queue";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FixtureSite, openFixtureSite, unbuiltPaper } from "./fixture-site.ts";
import { type Listening, listen } from "./listen.ts";
import type { ServerRuns } from "./server-runs.ts";

let site: FixtureSite;
let queue: JobQueue;
const opened: { site: FixtureSite; server: Listening }[] = [];
beforeAll(async () => {
  site = await openFixtureSite();
  queue = await JobQueue.open(site.database);
}, 60_000);
afterAll(async () => {
  for (const { server, site: other } of opened) {
    other.errors.length = 0;
    await server.close();
    await other.close();
  }
  await queue.close();
  await site.close();
});

const data = new DataSource(memoryFinder({ "mnist/digits": Uint8Array.of(1, 2, 3) }));

async function serve(serverRuns: Partial<ServerRuns>): Promise<string> {
  const other = await openFixtureSite({
    database: site.database,
    data,
    serverRuns: { queue: async () => queue, isLocal: false, ...serverRuns },
  });
  const server = await listen(other.app, { host: "127.0.0.1", port: 0 });
  opened.push({ site: other, server });
  return server.url;
}
const start = (url: string, headers: Record<string, string> = {}, body: unknown = {}) =>
  fetch(`${url}/api/papers/gradient-noise/runs`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

describe("who may run", () => {
  test("is this machine, where the server answers to no other and no proxy stands between", async () => {
    const url = await serve({ isLocal: true });
    expect((await start(url)).status).toBe(202);
    expect((await start(url, { "x-forwarded-for": "203.0.113.5" })).status).toBe(401);
    expect((await start(url, { origin: "http://evil.example" })).status).toBe(403);
  });

  test("is nobody where there is no token, and who has the token otherwise", async () => {
    expect((await start(await serve({}))).status).toBe(401);
    const url = await serve({ token: "secret" });
    expect((await start(url)).status).toBe(401);
    expect((await start(url, { authorization: "Bearer secre" })).status).toBe(401);
    expect((await start(url, { authorization: "Bearer secret" })).status).toBe(202);
  });

  test("is who signed in with the token, until there is another", async () => {
    const url = await serve({ token: "secret" });
    const signIn = (token: string) =>
      fetch(`${url}/api/sign-in`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token }),
      });
    expect((await signIn("guess")).status).toBe(401);
    const cookie = (await signIn("secret")).headers.get("set-cookie")!.split(";")[0];
    expect((await start(url, { cookie })).status).toBe(202);
    expect((await start(await serve({ token: "other" }), { cookie })).status).toBe(401);
    expect((await start(url, { cookie: `${cookie}x` })).status).toBe(401);
  });
});

test("the page to sign in is there where there is a token, and takes it from a form", async () => {
  expect((await fetch(`${await serve({ isLocal: true })}/sign-in`)).status).toBe(404);
  const url = await serve({ token: "secret" });
  const page = await (await fetch(`${url}/sign-in`, { headers: { accept: "text/html" } })).text();
  expect(page).toMatch(/<form method="post" action="\/api\/sign-in">.*name="token"/s);
  const send = (token: string) =>
    fetch(`${url}/api/sign-in`, {
      method: "POST",
      headers: { accept: "text/html" },
      body: new URLSearchParams({ token }),
    });
  expect((await send("guess")).status).toBe(401);
  const answer = await send("secret");
  expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 1]);
});

test("data files are for who may run, by names below the data folder alone", async () => {
  const url = await serve({ isLocal: true });
  const ask = (query: string, of = url) => fetch(`${of}/api/data?${query}`);
  const answer = await ask("name=mnist/other&name=mnist/digits");
  expect([answer.status, answer.headers.get("x-name")]).toEqual([200, "mnist/digits"]);
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  expect((await ask("name=mnist/other")).status).toBe(204);
  for (const query of ["", "name=", "name=../secret", "name=/etc/passwd", "name=mnist/..%2f..%2fx", "name=.npmrc"])
    expect((await ask(query)).status).toBe(400);
  expect((await ask("name=mnist/digits", await serve({ token: "secret" }))).status).toBe(401);
});

test("what is asked wrongly starts nothing", async () => {
  const url = await serve({ isLocal: true });
  const before = (await queue.list()).length;
  for (const body of [
    { mode: "slow" },
    { seed: -1 },
    { settings: { nothing: 1 } },
    { settings: { eta: "x" } },
    { other: 1 },
  ]) {
    expect((await start(url, {}, body)).status).toBe(400);
  }
  expect((await fetch(`${url}/api/papers/${unbuiltPaper}/runs`, { method: "POST" })).status).toBe(404);
  expect((await fetch(`${url}/api/runs/none`)).status).toBe(404);
  expect((await fetch(`${url}/api/runs/00000000-0000-4000-8000-000000000000/events`)).status).toBe(404);
  expect((await queue.list()).length).toBe(before);
});

test("events of a run come with their numbers, go on after the last one that was had, and end with the result", async () => {
  const url = await serve({ isLocal: true });
  for (const { id } of await queue.list({ state: "waiting" })) await queue.cancel(id);
  const { id, events } = (await (await start(url, {}, { seed: 5 })).json()) as { id: string; events: string };
  const claim = await queue.claim("worker");
  expect(claim).toMatchObject({ id, request: { slug: "gradient-noise", mode: "quick", seed: 5 } });
  const logged = ["one", "two", "three"].map((message, sequence) => ({
    sequence,
    at: new Date().toISOString(),
    event: JSON.stringify({ type: "log", message }),
  }));
  const watched = fetch(`${url}${events}`).then((response) => response.text());
  const result = { slug: "gradient-noise", status: "finished", claims: [] };
  await queue.settle(claim!, result as never, { commit: null, changed: false }, logged);
  const text = await watched;
  const ids = [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
  expect([...text.matchAll(/"message":"(\w+)"/g)].map(([, message]) => message)).toEqual(["one", "two", "three"]);
  expect(text).toMatch(/event: end\ndata: .*"state":"finished".*"result":\{/);
  const rest = await (await fetch(`${url}${events}`, { headers: { "last-event-id": String(ids[1]) } })).text();
  expect([...rest.matchAll(/"message":"(\w+)"/g)].map(([, message]) => message)).toEqual(["three"]);
  expect((await (await fetch(`${url}/api/runs/${id}`)).json()).state).toBe("finished");
});
