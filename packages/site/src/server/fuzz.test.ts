import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DataSource, memoryFinder } from "@paperworks/data";
import { JobQueue } from "@paperworks/lab/queue";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FixtureSite, openFixtureSite, openTestDatabase } from "./fixture-site.ts";
import { type Listening, listen } from "./listen.ts";

let site: FixtureSite;
let server: Listening;
let queue: JobQueue;
beforeAll(async () => {
  const database = await openTestDatabase();
  queue = await JobQueue.open(database);
  const data = new DataSource(memoryFinder({ x: Uint8Array.of(1) }));
  site = await openFixtureSite({ database, data, serverRuns: { queue: async () => queue, isLocal: true, token: "x" } });
  server = await listen(site.app, { host: "127.0.0.1", port: 0 });
}, 60_000);
afterAll(async () => {
  await server.close();
  await site.close();
  await queue.close();
  await site.database.close();
});

/** Numbers from 0 to below n that are the same in every run (Mulberry32). */
function generator(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const below = generator(8);
const pick = <T>(from: readonly T[]): T => from[below(from.length)];
const bytes = (most: number): string => String.fromCharCode(...Array.from({ length: below(most) }, () => below(256)));
const repeat = (text: string): string => text.repeat(1 + below(4000 / text.length));

const paths = ["/", "/papers/aaren", "/papers/none", "/api/search", "/api/papers", "/api/subscribe", "/confirm/x"];
const morePaths = [
  "/sign-in",
  "/api/sign-in",
  "/api/data",
  "/api/runs/x/events",
  "/api/papers/gla/runs",
  "/unsubscribe/x",
  "/api/papers/gla/vote",
  "/feed.xml",
  "/pictures/aaren/grid.png",
  "/files/aaren/x",
];
const endings = [
  "",
  "?q=",
  "?date=",
  "?sort=newest&sort=x",
  "?family[]=a",
  "?verdict=%",
  "/..",
  "//",
  "/%2e%2e%2f",
  "#",
];
const bits = ["%00", "%E0%A4", "%ff", "..%2f", "\\", "'\"<script>", "\u0000", "{{x}}", "é", "%0d%0aX: y", ";--"];
const methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "BREW", "get", ""];
const types = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "x", ""];
const bodies = [
  "{",
  "[]",
  "null",
  '{"email":1}',
  '{"__proto__":{"a":1}}',
  "email=a&email=b",
  "back=//x",
  "a=%zz",
  '"x"',
];
const hosts = [
  "localhost",
  "127.0.0.1",
  "localhost:1",
  "evil.example",
  "",
  "[::1]",
  "a b",
  "localhost\u0000",
  "http://x/",
];

/** A request that is wrong somewhere: in its line, its headers, its length or its body. */
function malformed(): string {
  const target = `${pick([...paths, ...morePaths])}${pick(endings)}${below(2) ? pick(bits) : ""}${below(9) ? "" : repeat(pick(bits))}`;
  const body = pick([pick(bodies), pick(bodies), bytes(300), repeat("x"), ""]);
  const length = below(6) ? body.length : pick(["0", "-1", "9999999", "abc", body.length + 5]);
  const headers = [
    `Host: ${below(3) ? "localhost" : pick(hosts)}`,
    `Content-Type: ${pick(types)}`,
    body === "" && below(2) ? "X: y" : `Content-Length: ${length}`,
    pick(["", "Cookie: visitor=x.y", "Accept: text/html", "Accept-Encoding: gzip"]),
    pick(["", "Sec-Fetch-Site: same-origin", "Origin: null", "If-None-Match: *"]),
    below(30) ? "" : pick(["Transfer-Encoding: chunked", "Expect: x", `X: ${bytes(99)}`, `Cookie: ${bytes(60)}`]),
  ].filter((header) => header !== "");
  const version = below(20) ? "HTTP/1.1" : pick(["HTTP/9", "HTTP/1.0", "", "FTP/1.1"]);
  const request = `${below(2) ? pick(["GET", "POST"]) : pick(methods)} ${target} ${version}\r\n${headers.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`;
  // Cut short, or with bytes thrown in.
  if (!below(8)) return request.slice(0, below(request.length));
  if (!below(8)) return request.slice(0, 20) + bytes(20) + request.slice(20);
  return request;
}

/** Sends bytes and gives the status of the answer; 0 when the server hung up without one. */
function send(request: string, port: number): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(Buffer.from(request, "latin1")));
    let answer = "";
    socket.on("data", (chunk) => {
      if (answer.length < 64) answer += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)));
    socket.setTimeout(15_000, () => socket.destroy());
  });
}

async function sendMany(count: number, port: number): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let left = count;
  const one = async () => {
    while (left-- > 0) {
      const status = await send(malformed(), port);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 40 }, one));
  return statuses;
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What is still in use after the garbage is gone: of the heap and beside it. */
function keptBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("10,000 malformed requests bring no failure, no crash and no growth", async () => {
  const port = Number(new URL(server.url).port);
  await sendMany(2000, port);
  const before = keptBytes();
  const statuses = await sendMany(8000, port);
  const growth = (keptBytes() - before) / 1e6;
  const kinds = [...statuses.keys()].sort();
  // No mail server is named here, so that subscribing well is answered with 503.
  expect(kinds.filter((status) => status >= 500 && status !== 503)).toEqual([]);
  expect(site.errors).toEqual([]);
  expect(kinds).toEqual(expect.arrayContaining([200, 400, 404, 405, 413, 415, 421]));
  expect(growth).toBeLessThan(30);
  expect((await fetch(`${server.url}/`)).status).toBe(200);
}, 120_000);
