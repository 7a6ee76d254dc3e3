import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseJson } from "@paperworks/experiment";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startCommand } from "./fixture-process.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-reproduce-command-"));
afterAll(() => rmSync(parent, { recursive: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(parent, "case-"));
});

const paperworks = (args: readonly string[], onStart?: (child: ChildProcess) => void) =>
  startCommand(folder, ["reproduce", ...args], onStart);
const kept = () => parseJson(readFileSync(join(folder, "results/fixture.json"), "utf8"));

/** A user's file: the fixture under another name, with other defaults. */
function variant(slug: string, defaults: Readonly<Record<string, string | number>>): string {
  const fixture = fileURLToPath(import.meta.resolve("@paperworks/lab/fixture-paper"));
  const changed = Object.entries(defaults).map(
    ([name, value]) =>
      `${name}: { ...paper.settings.${name}, default: ${typeof value === "number" ? value : JSON.stringify(value)} }`,
  );
  const text = `import paper from ${JSON.stringify(fixture)};
export default { ...paper, slug: "${slug}", settings: { ...paper.settings, ${changed.join(", ")} } };\n`;
  writeFileSync(join(folder, `${slug}.ts`), text);
  return `./${slug}.ts`;
}

describe("reproduce", () => {
  test("keeps results/<slug>.json, a page about all, and does not run again what is done", async () => {
    const { code, stdout, stderr } = await paperworks(["fixture"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^fixture {2}finished {2}2 reproduced, 1 not judged {2,}\S+ s {2,}results\/fixture\.json$/m);
    expect(stderr).toMatch(/^fixture: runs in .*reproduce-fixture-[0-9a-f]{8}$/m);
    expect(stderr).toMatch(/^fixture: claim gain: 1, reproduced$/m);
    expect(stdout + stderr).not.toContain("\u001b");
    expect(kept()).toMatchObject({
      format: "paperworks-reproduction",
      result: { seed: 0, seeds: null, claims: [{ values: [1, 1, 1] }, {}, {}] },
    });
    expect(readFileSync(join(folder, "results/report.html"), "utf8")).toContain("A &#60;fixture&#62; &#38; its claims");
    const before = kept();
    const again = await paperworks(["--all"]);
    expect(again.stderr).toContain("fixture: was run before in");
    expect(kept()).toEqual(before);
    await paperworks(["--family", "training", "--force"]);
    expect(kept()).not.toEqual(before);
  });

  test("goes on after a paper that fails, and ends with 1", async () => {
    const failing = variant("failing", { ending: "kill" });
    const { code, stdout, stderr } = await paperworks([failing, "fixture", "--jobs", "2", "--json"]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(parseJson(stdout)).toMatchObject([
      { slug: "failing", status: "failed", file: null, result: { error: { name: "ProcessCrashError" } } },
      { slug: "fixture", status: "finished", file: join("results", "fixture.json") },
    ]);
    expect(readdirSync(join(folder, "results"))).toEqual(["fixture", "fixture.json", "report.html"]);
  });

  test("ends with 130 on Ctrl-C, and the same command goes on", async () => {
    const slow = variant("slow", { stepMilliseconds: 40 });
    const first = await paperworks([slow, "fixture"], (child) => {
      const watch = setInterval(() => {
        const [run] = existsSync(join(folder, "runs")) ? readdirSync(join(folder, "runs")) : [];
        const events = run === undefined ? "" : join(folder, "runs", run, "events.jsonl");
        if (!existsSync(events) || !readFileSync(events, "utf8").includes('"task-finished"')) return;
        clearInterval(watch);
        child.kill("SIGINT");
      }, 10);
    });
    expect(first.code).toBe(130);
    expect(first.stdout).toMatch(/^slow {5}interrupted/m);
    expect(first.stdout).toMatch(/^fixture {2}waiting/m);
    expect(first.stderr).toContain("The same command goes on with it.");
    const second = await paperworks([slow, "fixture"]);
    expect(second.stderr).toContain("slow: goes on in");
    expect([second.code, readdirSync(join(folder, "results"))]).toEqual([
      0,
      ["fixture", "fixture.json", "report.html", "slow", "slow.json"],
    ]);
  });

  test.each([
    ["no papers at all", [], /name the papers, or give --family or --all; one of these/],
    ["papers and all", ["fixture", "--all"], /one of these/],
    ["an unknown family", ["--family", "trainin"], /no family is called "trainin": did you mean "training"\?/],
    ["no jobs", ["fixture", "--jobs", "0"], /whole number of 1 or more/],
    ["a data folder that is not there", ["fixture", "--data", "nowhere"], /nowhere: it does not exist/],
  ])("refuses %s in one line with exit code 2", async (_, args, message) => {
    const { code, stdout, stderr } = await paperworks(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
