import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Paper,
  parseJson,
  RunOptionsError,
  repeatablePart,
  SettingError,
  stringifyJson,
} from "@paperworks/experiment";
import { decode } from "fast-png";
import { afterAll, describe, expect, test } from "vitest";
import { RunFolderError } from "./errors.ts";
import { fixturePaper } from "./fixture-paper.ts";
import { newRunPath, runPaper } from "./run-paper.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-lab-"));
afterAll(() => rmSync(parent, { recursive: true }));
let count = 0;
const fresh = () => join(parent, `run-${count++}`);
const paper: Paper = fixturePaper;

const lines = (folder: string) =>
  readFileSync(join(folder, "events.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => parseJson(line) as { type: string; [key: string]: unknown });

describe("a run folder", () => {
  test("holds the result, the events, the tasks and everything the experiment put out", async () => {
    const out = fresh();
    const { result, folder, state } = await runPaper(paper, { out });
    expect([folder, state, result.status]).toEqual([out, "new", "finished"]);
    expect(readdirSync(out).sort()).toEqual([
      "events.jsonl",
      "figures",
      "images",
      "model.onnx",
      "model.safetensors",
      "report.html",
      "result.json",
      "run.json",
      "tables",
      "tasks",
    ]);
    expect(parseJson(readFileSync(join(out, "result.json"), "utf8"))).toEqual(JSON.parse(JSON.stringify(result)));
    expect(readdirSync(join(out, "tasks")).sort()).toEqual([
      "descend%2Fquickly.0.json",
      "descend%2Fquickly.1.json",
      "descend%2Fquickly.2.json",
      "digits.0.json",
    ]);
    expect(decode(readFileSync(join(out, "images/digit.png")))).toMatchObject({ width: 2, height: 1, channels: 1 });
    expect(readFileSync(join(out, "tables/ends.csv"), "utf8")).toMatch(/^seed,end <loss>\n0,/);
    expect(JSON.parse(readFileSync(join(out, "figures/losses.vl.json"), "utf8")).mark).toBe("line");
    expect(readFileSync(join(out, "figures/losses.svg"), "utf8")).toMatch(/^<svg/);
    expect(lines(out).map(({ type }) => type)).toContain("measured");
    expect(lines(out).at(-1)).toMatchObject({ type: "finished", status: "finished" });
  });

  test("of a finished run gives its result without running again", async () => {
    const out = fresh();
    const first = await runPaper(paper, { out, mode: "quick" });
    const events: string[] = [];
    const again = await runPaper(paper, { out, mode: "quick", onEvent: ({ type }) => events.push(type) });
    expect(again).toMatchObject({ state: "finished", result: { mode: "quick" } });
    expect(again.result.times).toEqual(first.result.times);
    expect(events).toEqual([]);
  });

  test("of another run is refused, with what differs", async () => {
    const out = fresh();
    await runPaper(paper, { out, mode: "quick" });
    await expect(runPaper(paper, { out, mode: "quick", seed: 1 })).rejects.toThrow(/a run with seed 0, not 1/);
    await expect(runPaper(paper, { out })).rejects.toThrow(RunFolderError);
    await expect(runPaper(paper, { out, mode: "quick", settings: { rate: 0.2 } })).rejects.toThrow(
      /a run with setting rate 0.1, not 0.2; name another folder/,
    );
  });

  test("that holds other files is refused and left alone", async () => {
    const out = fresh();
    mkdirSync(out);
    writeFileSync(join(out, "thesis.tex"), "x");
    await expect(runPaper(paper, { out })).rejects.toThrow(/holds other files \(thesis.tex\)/);
    expect(readdirSync(out)).toEqual(["thesis.tex"]);
  });

  test("that cannot be made is refused", async () => {
    const file = fresh();
    writeFileSync(file, "a file");
    await expect(runPaper(paper, { out: join(file, "run") })).rejects.toThrow(/cannot be written/);
    await expect(runPaper(paper, { out: "/proc/paperworks" })).rejects.toThrow(RunFolderError);
  });

  test.skipIf(process.getuid?.() === 0)("without permission is refused", async () => {
    const out = fresh();
    mkdirSync(out, { mode: 0o500 });
    await expect(runPaper(paper, { out })).rejects.toThrow(/cannot be written/);
    chmodSync(out, 0o700);
  });

  test("is not even made for options that cannot be", async () => {
    const out = fresh();
    await expect(runPaper(paper, { out, seed: -1 })).rejects.toThrow(RunOptionsError);
    await expect(runPaper(paper, { out, seeds: 0 })).rejects.toThrow(RunOptionsError);
    await expect(runPaper(paper, { out, settings: { rat: 1 } })).rejects.toThrow(SettingError);
    await expect(runPaper(paper, { out, data: join(parent, "nowhere") })).rejects.toThrow(/does not exist/);
    expect(existsSync(out)).toBe(false);
  });
});

describe("an interrupted run", () => {
  test("is gone on with in its folder and comes to the same result", async () => {
    const whole = await runPaper(paper, { out: fresh() });
    const out = fresh();
    const controller = new AbortController();
    const first = await runPaper(paper, {
      out,
      signal: controller.signal,
      onEvent: (event) => event.type === "task-finished" && event.seed === 1 && controller.abort(),
    });
    expect(first.result.status).toBe("interrupted");
    expect(JSON.parse(readFileSync(join(out, "result.json"), "utf8")).status).toBe("interrupted");
    expect(existsSync(join(out, "report.html"))).toBe(true);
    const finished: string[] = [];
    const second = await runPaper(paper, {
      out,
      onEvent: (event) => {
        if (event.type === "task-finished") finished.push(`${event.task} ${event.seed} ${event.kept ? "kept" : "run"}`);
      },
    });
    expect(second.state).toBe("unfinished");
    expect(finished).toEqual([
      "descend/quickly 0 kept",
      "descend/quickly 1 kept",
      "descend/quickly 2 run",
      "digits 0 run",
    ]);
    expect(repeatablePart(second.result)).toEqual(repeatablePart(whole.result));
    // Append only: the events of both attempts are there.
    expect(lines(out).filter(({ type }) => type === "started")).toHaveLength(2);
  });

  test("that had put out everything keeps it, bytes included, when its tasks are skipped", async () => {
    const out = fresh();
    const failing = { out, settings: { ending: "throw" } };
    const first = await runPaper(paper, failing);
    expect(first.result).toMatchObject({ status: "failed", error: { name: "RangeError" } });
    rmSync(join(out, "model.onnx"));
    rmSync(join(out, "images"), { recursive: true });
    const second = await runPaper(paper, failing);
    expect(second.result.times.tasks.every(({ kept }) => kept)).toBe(true);
    expect([...readFileSync(join(out, "model.onnx"))]).toEqual([8, 9]);
    expect([...decode(readFileSync(join(out, "images/digit.png"))).data]).toEqual([0, 255]);
    expect(second.result.models).toEqual([{ name: "model", bytes: 2, safetensors: true }]);
    expect(second.result.data).toEqual(first.result.data);
  });

  test("with a broken task file says which, and how to go on", async () => {
    const out = fresh();
    await runPaper(paper, { out, settings: { ending: "throw" } });
    writeFileSync(join(out, "tasks/digits.0.json"), '{"version": 1');
    const { result } = await runPaper(paper, { out, settings: { ending: "throw" } });
    expect(result.error?.message).toMatch(/digits\.0\.json is no kept task.*delete it to redo it/);
  });

  test("with a broken result file is refused by name", async () => {
    const out = fresh();
    await runPaper(paper, { out, mode: "quick" });
    writeFileSync(join(out, "result.json"), stringifyJson({ format: "paperworks-result", version: 99 }));
    await expect(runPaper(paper, { out, mode: "quick" })).rejects.toThrow(/is no result of version 1 or before/);
  });
});

test("new run folders do not collide", () => {
  const now = new Date("2026-11-24T10:00:00Z");
  const first = newRunPath("fixture", "full", { parent, now });
  expect(first).toBe(join(parent, "fixture-full-20261124-100000"));
  mkdirSync(first);
  expect(newRunPath("fixture", "full", { parent, now })).toBe(`${first}-2`);
});
