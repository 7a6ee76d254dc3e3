import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RunFolderError } from "./errors.ts";
import { fixturePaper } from "./fixture-paper.ts";
import { clearRun, removeRun, runBytes } from "./run-files.ts";
import { lockRun } from "./run-lock.ts";
import { runPaper } from "./run-paper.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-files-"));
afterAll(() => rmSync(parent, { recursive: true }));
let count = 0;
async function run() {
  const out = join(parent, `run-${count++}`);
  await runPaper(fixturePaper, { out, mode: "quick", tensorboard: true });
  return out;
}

test("removing a run leaves nothing of it, with all that it can make", async () => {
  const out = await run();
  writeFileSync(join(out, "result.json.0a1b2c3d.part"), "half");
  expect(runBytes(out)).toBeGreaterThan(1000);
  removeRun(out);
  expect(existsSync(out)).toBe(false);
});

test.each([
  ["notes.txt", (out: string) => writeFileSync(join(out, "notes.txt"), "mine")],
  ["figures/mine.txt", (out: string) => writeFileSync(join(out, "figures/mine.txt"), "mine")],
  ["deep", (out: string) => mkdirSync(join(out, "deep"))],
  ["away.onnx", (out: string) => symlinkSync(parent, join(out, "away.onnx"))],
])("a run beside which %s was put is not touched", async (name, put) => {
  const out = await run();
  put(out);
  const before = readdirSync(out, { recursive: true });
  expect(() => removeRun(out)).toThrow(RunFolderError);
  expect(() => removeRun(out)).toThrow(`it holds what no run made (${name}), so nothing was removed`);
  expect(readdirSync(out, { recursive: true })).toEqual(before);
});

test("a run that is under way is not touched", async () => {
  const out = await run();
  const unlock = await lockRun(out);
  expect(() => removeRun(out)).toThrow(`process ${process.pid} is running it`);
  unlock();
  removeRun(out);
});

test("a folder without a run is refused, an empty or missing one has nothing to clear", () => {
  const folder = join(parent, "thesis");
  clearRun(folder);
  mkdirSync(folder);
  clearRun(folder);
  writeFileSync(join(folder, "thesis.tex"), "x");
  expect(() => clearRun(folder)).toThrow(/it is no run folder: it has no run\.json/);
  expect(() => removeRun(join(parent, "nowhere"))).toThrow(/there is no such folder/);
  expect(readdirSync(folder)).toEqual(["thesis.tex"]);
});

test("a finished run starts anew by force, and only then", async () => {
  const out = await run();
  const options = { out, mode: "quick", seed: 3 } as const;
  await expect(runPaper(fixturePaper, options)).rejects.toThrow(/a run with seed 0, not 3/);
  const { state, result } = await runPaper(fixturePaper, { ...options, force: true });
  expect([state, result.seed]).toEqual(["new", 3]);
});
