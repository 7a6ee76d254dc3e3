import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RunFolderError } from "./errors.ts";
import { lockRun } from "./run-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-lock-"));
afterAll(() => rmSync(folder, { recursive: true }));
const lock = join(folder, "run.lock");

test("a second run in a folder is refused while the first is under way, and not after", async () => {
  const unlock = await lockRun(folder);
  await expect(lockRun(folder, { patience: 60 })).rejects.toThrow(RunFolderError);
  await expect(lockRun(folder, { patience: 0 })).rejects.toThrow(`process ${process.pid} is running it`);
  const waiting = lockRun(folder);
  unlock();
  (await waiting)();
  expect(existsSync(lock)).toBe(false);
});

test.each([
  ["of a process that is gone", async () => JSON.stringify({ pid: await gonePid(), started: null })],
  ["of a process whose number another one has now", async () => JSON.stringify({ pid: process.pid, started: "1" })],
  ["that was cut short", async () => '{"pid": 1'],
])("a lock %s counts no more", async (_, content) => {
  writeFileSync(lock, await content());
  const before = Date.now() / 1000 - 10;
  utimesSync(lock, before, before);
  (await lockRun(folder, { patience: 0 }))();
  expect(existsSync(lock)).toBe(false);
});

test("a lock that is just being written counts", async () => {
  writeFileSync(lock, "");
  await expect(lockRun(folder, { patience: 0 })).rejects.toThrow("another process is running it");
});

async function gonePid(): Promise<number> {
  const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid!;
}
