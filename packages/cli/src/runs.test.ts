import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixturePaper } from "@paperworks/lab/fixture-paper";
import { runPaper } from "@paperworks/lab/run-paper";
import { afterAll, beforeAll, expect, test } from "vitest";
import { UsageError } from "./errors.ts";
import { printRun, printRuns, removeRuns } from "./runs.ts";
import type { Output } from "./terminal.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-runs-"));
const runs = join(parent, "runs");
afterAll(() => rmSync(parent, { recursive: true }));

beforeAll(async () => {
  await runPaper(fixturePaper, { out: join(runs, "full") });
  await runPaper(fixturePaper, { out: join(runs, "thrown"), settings: { ending: "throw" }, seeds: 1 });
  for (const [name, content] of [
    ["killed", '{"slug":"fixture","mode":"quick","seed":0,"seeds":null,"settings":{},"data":null}'],
    ["broken", "{"],
  ]) {
    mkdirSync(join(runs, name));
    writeFileSync(join(runs, name, "run.json"), content);
  }
  mkdirSync(join(runs, "no-run"));
  writeFileSync(join(runs, "killed/events.jsonl"), '{"time":"2026-01-02T03:04:05.000Z","type":"started"}\n{"ti');
});

function printed(print: (output: Output) => void): string {
  let text = "";
  const line = (added = "") => {
    text += `${added}\n`;
  };
  print({ stream: process.stdout, style: (_, styled) => styled, line, columns: 100 });
  return text;
}

test("the list shows every run with its status, verdicts, time and size, the newest first", () => {
  const lines = printed((output) => printRuns(output, { runs }))
    .trimEnd()
    .split("\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/^RUN +PAPER +MODE +STATUS +DATE +VERDICTS +TIME +SIZE$/);
  expect(lines[1]).toMatch(
    /^thrown +fixture +full +failed +20\d\d-\d\d-\d\d \d\d:\d\d +3 not judged +[\d.]+ s +[\d.]+ KB$/,
  );
  expect(lines[2]).toMatch(/^full +fixture +full +finished .* 2 reproduced, 1 not judged /);
  expect(lines[3]).toMatch(/^killed +fixture +quick +unfinished +2026-01-0\d \d\d:\d\d +\d+ B$/);
  expect(lines[4]).toMatch(/^broken: cannot be read: run folder .*broken: its run\.json cannot be read/);
});

test("the list as JSON has the same, and of no folder is empty", () => {
  const { runs: listed, broken } = JSON.parse(printed((output) => printRuns(output, { runs, json: true })));
  expect(listed.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
    ["thrown", "failed"],
    ["full", "finished"],
    ["killed", "unfinished"],
  ]);
  expect(listed[1]).toMatchObject({ slug: "fixture", seed: 0, verdicts: { reproduced: 2, "not judged": 1 } });
  expect(broken).toHaveLength(1);
  expect(printed((output) => printRuns(output, { runs: join(parent, "none") }))).toMatch(/^There are no runs in /);
});

test("one run is shown with its settings and claims, a failed one with its reason", () => {
  const full = printed((output) => printRun(output, "full", { runs }));
  expect(full).toContain("A <fixture> & its claims\nfull run · finished · ");
  expect(full).toContain("rate=0.1 gain=1");
  expect(full).toMatch(/^reproduced {2}gain {2,}1/m);
  const thrown = printed((output) => printRun(output, "thrown", { runs }));
  expect(thrown).toContain("RangeError: the fixture was told to fail");
  expect(thrown).toContain(`The same command with --out ${join(runs, "thrown")} goes on with it.`);
  expect(printed((output) => printRun(output, "killed", { runs }))).toContain("quick run · unfinished");
  const { run, result } = JSON.parse(printed((output) => printRun(output, "full", { runs, json: true })));
  expect([run.id, result.status]).toEqual(["full", "finished"]);
});

test("an unknown run is refused with the nearest, and nothing is removed", () => {
  const output = { line: () => {} } as unknown as Output;
  expect(() => removeRuns(output, ["full", "kiled"], { runs })).toThrow(UsageError);
  expect(() => removeRuns(output, ["full", "kiled"], { runs })).toThrow(
    /no run in .* is called "kiled": did you mean "killed"\?/,
  );
  expect(() => removeRuns(output, ["no-run"], { runs })).toThrow(/no run in .* is called "no-run"/);
  expect(readdirSync(runs)).toHaveLength(5);
});

test("removed runs are gone, with nothing else", () => {
  expect(printed((output) => removeRuns(output, ["killed", "broken", "killed"], { runs }))).toBe(
    "Removed killed.\nRemoved broken.\n",
  );
  expect(readdirSync(runs).sort()).toEqual(["full", "no-run", "thrown"]);
});
