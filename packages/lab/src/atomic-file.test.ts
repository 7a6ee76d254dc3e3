import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeFileAtomic } from "./atomic-file.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-atomic-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a file is replaced whole, its folders made, and nothing is left beside it", () => {
  const path = join(folder, "deep/er/file.txt");
  writeFileAtomic(path, "first, long");
  writeFileAtomic(path, new Uint8Array([50]));
  expect(readFileSync(path, "utf8")).toBe("2");
  expect(readdirSync(join(folder, "deep/er"))).toEqual(["file.txt"]);
});

test("a write that fails leaves the old content and nothing beside it", () => {
  const path = join(folder, "taken");
  mkdirSync(path);
  mkdirSync(join(path, "inside"));
  expect(() => writeFileAtomic(path, "x")).toThrow();
  expect(readdirSync(folder)).not.toContainEqual(expect.stringContaining(".part"));
  expect(readdirSync(path)).toEqual(["inside"]);
});
