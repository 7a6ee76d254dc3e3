import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Paper, RunEvent, RunResult } from "@paperworks/experiment";
import type { ReproductionOutcome } from "@paperworks/lab/reproduce/reproduce-many";
import { describe, expect, test } from "vitest";
import { progressBar, sparkline } from "./bars.ts";
import { type LiveRegion, LiveTable } from "./reproduction-display.ts";
import { outputTo } from "./terminal.ts";

function table(slugs: readonly string[], { rows = 24, columns = 100, earlier = {} as Record<string, RunResult> } = {}) {
  const stream = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { columns, rows });
  let at = 0;
  const persisted: string[] = [];
  const region: LiveRegion = Object.assign(() => {}, {
    persist: (text: string) => persisted.push(stripVTControlCharacters(text)),
    clear() {},
    done() {},
  });
  const papers = slugs.map((slug) => ({ slug, earlier: earlier[slug] }));
  const live = new LiveTable(outputTo(stream as unknown as NodeJS.WriteStream), papers, region, () => at);
  return {
    live,
    persisted,
    lines: () => stripVTControlCharacters(live.text()).split("\n"),
    at: (seconds: number) => {
      at = seconds * 1000;
    },
  };
}

const begin = (task: string, index = 0, count = 2): RunEvent => ({
  type: "task-started",
  ...{ task, seed: index, index, count, restored: false },
});
const step = (task: string, step: number, loss: number, seed = 0): RunEvent => ({
  type: "progress",
  ...{ task, seed, report: { step, steps: 100, loss } },
});
const ended = (slug: string, result: object): ReproductionOutcome =>
  ({
    ...{ type: "ran", slug, paper: {} as Paper, folder: "runs/x", state: "new", file: undefined },
    result: { status: "finished", error: null, claims: [], seconds: 3, ...result },
  }) as unknown as ReproductionOutcome;

describe("the live table", () => {
  test("has a row a paper with bar, sparkline, time left and step", () => {
    const { live, lines, at } = table(["aaren", "dgmlp"]);
    live.open("aaren", "runs/a", "new");
    live.take("aaren", begin("fit"));
    live.take("aaren", step("fit", 1, 3));
    at(10);
    live.take("aaren", step("fit", 51, 1));
    // 25 of 100 hundredths in ten seconds, 74.5 to go.
    expect(lines()).toEqual([
      "aaren running ██▌░░░░░░░ █▁           fit 1/2 · 30 s left · step 51/100 · loss 1",
      "dgmlp waiting",
      "0 of 2 done · 1 running · 1 waiting · 10 s",
    ]);
    live.end();
  });

  test("shows verdicts as they fall, and what is done stays above", () => {
    const { live, lines, persisted } = table(["aaren"]);
    live.open("aaren", "runs/a", "unfinished");
    const measured = { type: "measured", claim: "a", values: [1], result: { id: "a", verdict: "missed" } };
    live.take("aaren", measured as unknown as RunEvent);
    expect(lines()[0]).toContain("✗1");
    live.close(ended("aaren", { claims: [{ id: "a", verdict: "reproduced" }] }));
    expect(persisted).toEqual([
      "aaren: going on with the unfinished run in runs/a",
      "aaren done    ✓1  3.0 s: 1 reproduced",
    ]);
    expect(lines()).toEqual(["1 of 1 done · 0 running · 0.0 s"]);
    live.end();
  });

  test("knows the whole run from an earlier one's times", () => {
    const tasks = [
      { task: "long", seed: 0, seconds: 90, kept: false },
      { task: "short", seed: 0, seconds: 10, kept: false },
    ];
    const { live, lines, at } = table(["a"], { earlier: { a: { times: { tasks } } as unknown as RunResult } });
    live.open("a", "runs/a", "new");
    live.take("a", begin("long", 0, 1));
    at(1);
    live.take("a", step("long", 1, 1));
    at(41);
    live.take("a", step("long", 50, 1));
    at(43);
    // 49 of 100 steps of 90 in 40 seconds; half of 90 and 10 to go, less the 2 seconds since.
    expect(lines()[0]).toContain(`${Math.round((40 / 44.1) * 55 - 2)} s left long`);
    live.take("a", { type: "task-finished", task: "long", seed: 0, seconds: 80, kept: false });
    live.take("a", begin("short", 0, 1));
    live.take("a", step("short", 50, 1));
    expect(lines()[0]).toContain("█████████▌");
    live.end();
  });

  test("fits its terminal: long rows are cut, and papers that find no place are counted", () => {
    const slugs = Array.from({ length: 30 }, (_, index) => `paper-${index}`);
    const { live, lines } = table(slugs, { rows: 10, columns: 40 });
    live.open("paper-29", "runs/x", "new");
    live.take("paper-29", begin("a task with a very long name that cannot end"));
    expect(lines()).toHaveLength(8);
    expect(lines()[0]).toMatch(/^paper-29 running .*$/);
    expect(
      Math.max(
        ...lines()
          .slice(0, -1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(39);
    expect(lines().at(-1)).toContain("29 waiting (23 not shown)");
    live.end();
  });

  test("tells why a paper failed", () => {
    const { live, persisted } = table(["a", "b"]);
    live.close(ended("a", { status: "failed", error: { name: "E", message: "no\nluck", task: "fit", seed: 1 } }));
    live.close({ type: "refused", slug: "b", paper: {} as Paper, error: new Error("no such device") });
    expect(persisted[0]).toMatch(/^a failed {2,}failed in task fit, seed 1: E: no luck$/);
    expect(persisted[1]).toMatch(/^b failed {2,}no such device$/);
    live.end();
  });
});

test("a bar shows eighths and stays in its place", () => {
  expect([0, 0.5, 0.5625, 1, 2].map((share) => progressBar(share, 2))).toEqual(["░░", "█░", "█▏", "██", "██"]);
});

test("a sparkline goes from the least to the greatest, averages, and leaves gaps", () => {
  expect(sparkline([0, 1, 2, 7], 8)).toBe("▁▂▃█");
  expect(sparkline([0, 2, 6, 8], 2)).toBe("▁█");
  expect(sparkline([1, Number.NaN, 1], 3)).toBe("▁ ▁");
  expect(sparkline([], 3)).toBe("");
});
