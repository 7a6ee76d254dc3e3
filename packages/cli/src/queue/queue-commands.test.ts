import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseJson } from "@paperworks/experiment";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startCommand } from "../fixture-process.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-queue-command-"));
afterAll(() => rmSync(parent, { recursive: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(parent, "case-"));
});
const paperworks = (args: readonly string[], onStart?: Parameters<typeof startCommand>[2]) =>
  startCommand(folder, args, onStart);
const read = (name: string) => readFileSync(join(folder, name), "utf8");

interface Point {
  readonly settings: Record<string, unknown>;
  readonly state: string;
  readonly job: string;
}

const slow = ["sweep", "fixture", "--set", "gain=0,1,2", "--set", "stepMilliseconds=30", "--seeds", "2"];

describe("a sweep", () => {
  test("that is killed, then stopped, goes on by the same command and runs no point twice", async () => {
    const settledOnce = (signal: NodeJS.Signals) =>
      paperworks(slow, (child) => {
        child.stderr!.on("data", (text) => String(text).includes("finished in") && child.kill(signal));
      });
    expect((await settledOnce("SIGKILL")).code).toBe(null);
    const stopped = await settledOnce("SIGINT");
    expect([stopped.code, stopped.stderr]).toEqual([130, expect.stringMatching(/3 points, 1 done before/)]);
    expect(stopped.stderr).toMatch(/The same command goes on with it/);
    const last = await paperworks([...slow, "--json", "--out", "here"]);
    expect(last.code).toBe(0);
    const { points } = parseJson(last.stdout) as { points: Point[] };
    expect(points.map(({ state, settings }) => [state, settings.gain])).toEqual([
      ["finished", 0],
      ["finished", 1],
      ["finished", 2],
    ]);
    expect(readdirSync(join(folder, "runs")).sort()).toEqual(points.map(({ job }) => job).sort());
    expect(readdirSync(join(folder, "here")).sort()).toEqual(["figures", "sweep.csv", "sweep.html", "sweep.json"]);
    expect(existsSync(join(folder, "here/figures/sweep.vl.json"))).toBe(true);
    const csv = await paperworks([...slow, "--csv"]);
    expect(csv.stdout).toBe(read("here/sweep.csv"));
    const begun = readFileSync(join(folder, "runs", points[0].job, "events.jsonl"), "utf8").match(/"started"/g);
    expect(begun).toHaveLength(1);
  }, 90_000);

  test("ends with 1 when a point failed, and its table says why", async () => {
    const { code, stdout } = await paperworks(["sweep", "fixture", "--quick", "--set", "ending=well,throw"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 +well +finished/m);
    expect(stdout).toMatch(/^2 +throw +failed: the fixture was told to fail/m);
  });

  test.each([
    ["a value out of its range", ["--set", "rate=0.1,3"], /setting rate: 3 is outside 0 … 1/],
    ["a range on a grid", ["--set", "rate=0.1..0.3"], /rate is a range, 0.1..0.3: say how many random points/],
    ["no setting", [], /needs a setting to go through/],
    ["no points", ["--set", "rate=0.1..0.3", "--random", "0"], /whole number of 1 or more/],
    ["two forms at once", ["--set", "rate=0.1", "--json", "--csv"], /cannot be used with/],
    ["a data folder that is not there", ["--set", "rate=0.1", "--data", "nowhere"], /data folder .*does not exist/],
    ["a database in a file", ["--set", "rate=0.1", "--database", "/dev/null/db"], /no database can be made in/],
  ])("with %s is one clear line and exit code 2, and nothing runs", async (_, args, message) => {
    const { code, stdout, stderr } = await paperworks(["sweep", "fixture", ...args]);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringMatching(message)]);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(existsSync(join(folder, "runs"))).toBe(false);
  });
});

test("jobs are added, listed, cancelled, worked on, done again and exported", async () => {
  const added = await paperworks(["jobs", "add", "fixture", "fixture", "--seeds", "2", "--set", "gain=3"]);
  const [first, second] = added.stdout.trim().split("\n");
  expect((await paperworks(["jobs", "cancel", second.slice(0, 8)])).stdout).toBe(`${second}: cancelled\n`);
  const [reproduction] = (await paperworks(["jobs", "add", "fixture"])).stdout.trim().split("\n");
  const worked = await paperworks(["worker"]);
  expect(worked.code).toBe(0);
  expect(worked.stdout).toContain("until none waits");
  expect(worked.stdout.match(/finished in/g)).toHaveLength(2);
  const [again] = (await paperworks(["jobs", "retry", second])).stdout.split(": again as ").slice(1);
  const json = await paperworks(["worker", "--json"]);
  const events = json.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events.map(({ type, job }) => [type, job])).toEqual([
    ["claimed", again.trim()],
    ["settled", again.trim()],
  ]);
  const listed = JSON.parse((await paperworks(["jobs", "list", "--json"])).stdout) as { id: string; state: string }[];
  expect(Object.fromEntries(listed.map(({ id, state }) => [id, state]))).toEqual({
    [first]: "finished",
    [second]: "cancelled",
    [reproduction]: "finished",
    [again.trim()]: "finished",
  });
  expect((await paperworks(["jobs", "--state", "cancelled"])).stdout.trim().split("\n")).toHaveLength(2);
  const exported = await paperworks(["results", "export", "--all", "--events"]);
  expect(exported.stdout.trim().split("\n")).toHaveLength(1 + 3 * 2);
  expect(parseJson(read("results/fixture.json"))).toMatchObject({
    format: "paperworks-reproduction",
    result: { slug: "fixture", seeds: null, claims: [{ values: [1, 1, 1] }, {}, {}] },
  });
  const lines = read(`results/runs/fixture-${first}.events.jsonl`).trim().split("\n");
  expect(JSON.parse(lines[0])).toMatchObject({ type: "started", seeds: 2 });
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ type: "finished", status: "finished" });
}, 60_000);

const database = ["--database", join(parent, "shared")];
test.each([
  ["an unknown job", ["jobs", "cancel", "0123abcd", ...database], /no job is called "0123abcd"/],
  ["something that is no id", ["jobs", "retry", "xyz!", ...database], /is no id of a job/],
  ["an own file for other workers", ["jobs", "add", "./mine.ts"], /workers do not have your own file/],
  ["an unknown state", ["jobs", "--state", "lost"], /Allowed choices are waiting/],
])("%s is one clear line and exit code 2", async (_, args, message) => {
  const { code, stdout, stderr } = await paperworks(args);
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringMatching(message)]);
});

test("the database and the queue are loaded by the commands that use them, and by no other", () => {
  const loaded = (module: string) => {
    const script = `import { registerHooks } from "node:module";
      registerHooks({ resolve(name, context, next) {
        const found = next(name, context);
        console.log(found.url);
        return found;
      } });
      await import(${JSON.stringify(new URL(module, import.meta.url).href)});`;
    return execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  };
  const heavy = /\/(?:pg-boss|pglite|pg|vega|commander)\//g;
  expect(new Set(loaded("../command.ts").match(heavy))).toEqual(new Set(["/commander/"]));
  expect(loaded("open-queue.ts").match(heavy)).toContain("/pg-boss/");
});
