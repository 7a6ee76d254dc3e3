import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseJson, type RunEvent, RunOptionsError, repeatablePart, stringifyJson } from "@paperworks/experiment";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { PaperFileError } from "../errors.ts";
import { readEventLog } from "../event-log.ts";
import { fixturePaper } from "../fixture-paper.ts";
import { readResult } from "../run-folder.ts";
import { runPaper } from "../run-paper.ts";
import { runPaperInChild } from "./run-in-child.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-child-"));
afterAll(() => rmSync(parent, { recursive: true }));
let count = 0;
const fresh = () => join(parent, `run-${count++}`);
const source = { file: fileURLToPath(new URL("../fixture-paper.ts", import.meta.url)) };
const training = { file: fileURLToPath(new URL("../fixture-training.ts", import.meta.url)) };

describe("a run in a process of its own", () => {
  test("comes to the result of one in this process, and tells the same events", async () => {
    const here: RunEvent[] = [];
    const there: RunEvent[] = [];
    const own = await runPaper(fixturePaper, { out: fresh(), onEvent: (event) => here.push(event) });
    const out = fresh();
    const child = await runPaperInChild(source, { out, onEvent: (event) => there.push(event) });
    expect(repeatablePart(child.result)).toEqual(repeatablePart(own.result));
    expect(child).toMatchObject({ folder: out, state: "new" });
    expect(there.map(({ type }) => type)).toEqual(here.map(({ type }) => type));
    expect(there.find(({ type }) => type === "image")).toEqual(here.find(({ type }) => type === "image"));
    expect(readdirSync(out).sort()).toEqual(readdirSync(own.folder).sort());
    const again = await runPaperInChild(source, { out, onStart: () => expect.unreachable() });
    expect(again).toMatchObject({ state: "finished", result: { times: child.result.times } });
  });

  test.each([
    ["abort", { name: "ProcessCrashError", message: "the process of the run crashed (SIGABRT)" }],
    [
      "kill",
      { name: "ProcessCrashError", message: expect.stringMatching(/was killed \(SIGKILL\), as the system does/) },
    ],
    [
      "exit",
      { name: "ProcessCrashError", message: expect.stringMatching(/ended with exit code 7 before its run did/) },
    ],
    ["nan", { name: "NonFiniteMeasurementError", message: expect.stringMatching(/^claim gain: value 1 of 3 is NaN/) }],
  ])("that ends by %s is failed, with the reason and what it had put out", async (ending, error) => {
    const out = fresh();
    const events: string[] = [];
    const run = await runPaperInChild(source, { out, settings: { ending }, onEvent: ({ type }) => events.push(type) });
    expect(run.result).toMatchObject({ status: "failed", error });
    expect(run.result.metrics.last.values).toHaveLength(3);
    expect(run.result.times.tasks).toHaveLength(4);
    expect(readResult(join(out, "result.json"))).toEqual(parseJson(stringifyJson(run.result)));
    expect(readFileSync(join(out, "report.html"), "utf8")).toContain("claims");
    expect(events.at(-1)).toBe("finished");
    expect(readEventLog(join(out, "events.jsonl")).at(-1)).toMatchObject({ type: "finished", status: "failed" });
  });

  test("is ended when it takes more memory or time than it was given", async () => {
    const [greedy, endless] = await Promise.all([
      runPaperInChild(source, { out: fresh(), settings: { ending: "grow" }, memoryBudget: 400 * 2 ** 20 }),
      runPaperInChild(source, { out: fresh(), settings: { ending: "hang" }, timeBudget: 4 }),
    ]);
    expect(greedy.result.error).toMatchObject({
      name: "MemoryBudgetError",
      message: expect.stringMatching(/^the run took 4\d\d MB of memory, more than its budget of 400 MB/),
    });
    expect(endless.result.error).toMatchObject({
      name: "TimeBudgetError",
      message: "the run was not done within its budget of 4 s and was ended",
    });
    expect(endless.result.metrics.last.values).toHaveLength(3);
  });

  test("that is told to stop keeps what is done, and goes on later", async () => {
    const out = fresh();
    const controller = new AbortController();
    const settings = { stepMilliseconds: 20 };
    const first = await runPaperInChild(source, {
      out,
      settings,
      signal: controller.signal,
      onEvent: ({ type }) => type === "task-finished" && controller.abort(),
    });
    expect(first.result.status).toBe("interrupted");
    const second = await runPaperInChild(source, { out, settings });
    expect(second).toMatchObject({ state: "unfinished", result: { status: "finished" } });
    expect(second.result.times.tasks[0]).toMatchObject({ kept: true });
  });

  test("that cannot be leaves no folder and says why", async () => {
    const out = fresh();
    await expect(runPaperInChild(source, { out, device: "cuda" })).rejects.toMatchObject({ name: "EngineOptionError" });
    await expect(runPaperInChild(source, { out, timeBudget: 0 })).rejects.toThrow(RunOptionsError);
    await expect(runPaperInChild({ slug: "nonesuch" }, { out })).rejects.toThrow(/no paper is called "nonesuch"/);
    expect(existsSync(out)).toBe(false);
  });

  test("is ended with the error when the one who listens throws", async () => {
    const onEvent = () => {
      throw new RangeError("no room");
    };
    await expect(runPaperInChild(source, { out: fresh(), onEvent })).rejects.toThrow("no room");
  });
});

test("a training killed by SIGKILL at three random points ends with the numbers of one never killed", async () => {
  const whole = await runPaperInChild(training, { out: fresh(), checkpointSeconds: 0.02 });
  const out = fresh();
  // Places in the 200 steps of both seeds.
  const points = fc.sample(fc.integer({ min: 5, max: 165 }), { numRuns: 3, seed: 3 }).sort((a, b) => a - b);
  for (const point of points) {
    let pid = 0;
    const killed = await runPaperInChild(training, {
      out,
      checkpointSeconds: 0.02,
      onStart: (started) => {
        pid = started;
      },
      onEvent(event) {
        if (event.type === "progress" && event.seed * 100 + event.report.step >= point) process.kill(pid, "SIGKILL");
      },
    });
    expect(killed.result.error).toMatchObject({ name: "ProcessCrashError", task: "train" });
    // As if it had been killed while it wrote a line.
    appendFileSync(join(out, "events.jsonl"), '{"time":"2026-11-24T10:00:00.000Z","type":"prog');
  }
  const ended = await runPaperInChild(training, { out, checkpointSeconds: 0.02 });
  expect(repeatablePart(ended.result)).toEqual(repeatablePart(whole.result));
  const log = readEventLog(join(out, "events.jsonl"));
  expect(log.filter(({ type }) => type === "started")).toHaveLength(4);
  expect(log.filter(({ type, restored }) => type === "task-started" && restored)).not.toHaveLength(0);
});

describe("a user's file", () => {
  test.each([
    ["missing.ts", undefined, /missing\.ts: there is no such file/],
    ["empty.ts", "export const paper = 1;\n", /it has no default export; write `export default definePaper/],
    ["other.ts", "export default { slug: 'x' };\n", /its default export is no paper/],
    ["throws.ts", "throw new RangeError('not today');\n", /it cannot be loaded: RangeError: not today/],
    ["broken.ts", "export default {;\n", /it cannot be loaded: /],
  ])("%s is refused with the reason", async (name, content, message) => {
    const file = join(parent, name);
    if (content !== undefined) writeFileSync(file, content);
    await expect(runPaperInChild({ file }, { out: fresh() })).rejects.toThrow(message);
    await expect(runPaperInChild({ file }, { out: fresh() })).rejects.toThrow(PaperFileError);
  });
});
