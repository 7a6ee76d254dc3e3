/**
 * 200 readers at once on the Daily Papers site: `node bench/src/site-load.ts [--seconds N] [--json]`. The server is the
 * command in a process of its own, with an empty database and the results and runs found here; the readers are in this one,
 * on the same machine.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import autocannon from "autocannon";

const readers = 200;
const { values: options } = parseArgs({
  options: { seconds: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const seconds = Number(options.seconds);
const loads = [
  { name: "front page", paths: ["/"] },
  { name: "a paper's page", paths: ["/papers/gradient-noise"] },
  { name: "search", paths: ["/?q=atention"] },
  {
    name: "all of them in turn",
    paths: ["/", "/papers/gradient-noise", "/papers/aaren", "/?sort=newest", "/feed.xml"],
  },
];

const folder = mkdtempSync(join(tmpdir(), "paperworks-site-load-"));
const command = fileURLToPath(new URL("../../packages/cli/src/main.ts", import.meta.url));
const server = spawn(
  process.execPath,
  [command, "serve", "--port", "0", "--workers", "0", "--database", join(folder, "db")],
  { stdio: ["ignore", "pipe", "inherit"] },
);
try {
  const url = await addressOf();
  const rows: Record<string, string | number>[] = [];
  for (const { name, paths } of loads) {
    // Once each first: what is measured is a site that has been up for a while.
    for (const path of paths) await (await fetch(url + path)).arrayBuffer();
    const run = await autocannon({
      url,
      connections: readers,
      duration: seconds,
      requests: paths.map((path) => ({ method: "GET" as const, path, headers: { "accept-encoding": "gzip" } })),
    });
    const { average } = run.requests;
    rows.push({
      load: name,
      requests_s: Math.round(average),
      p50_ms: run.latency.p50,
      p99_ms: run.latency.p99,
      not_2xx: run.non2xx,
      errors: run.errors,
    });
  }
  if (options.json) console.log(JSON.stringify({ readers, seconds, rows }, undefined, 2));
  else console.table(rows);
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.once("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
}

/** The address that the server says, once its database is open too. */
async function addressOf(): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    server.stdout.on("data", (text) => {
      said += text;
      const found = /http:\/\/\S+/.exec(said);
      if (found !== null) resolve(found[0]);
    });
    server.once("exit", () => reject(new Error("the server ended before it said where it is")));
  });
  for (;;) {
    const { database } = (await (await fetch(`${url}/healthz`)).json()) as { database: boolean };
    if (database) return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
