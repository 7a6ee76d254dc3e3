import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseJson } from "@paperworks/experiment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startCommand } from "./fixture-process.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-compare-"));
afterAll(() => rmSync(folder, { recursive: true }));
const paperworks = (...args: string[]) => startCommand(folder, args);

describe("compare", () => {
  beforeAll(async () => {
    await paperworks("run", "fixture", "--out", "runs/first", "--set", "spread=0.1");
    await paperworks(
      "run",
      "fixture",
      "--out",
      "runs/second",
      "--set",
      "gain=0.7",
      "--set",
      "spread=0.3",
      "--seed",
      "2",
    );
    await paperworks("reproduce", "fixture");
  });

  test("prints what differs, claims with the difference, metrics and cost", async () => {
    const { code, stdout } = await paperworks("compare", "first", "runs/second");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^first: {2}first \(fixture, full, finished, .*\)$/m);
    expect(stdout).toMatch(/^seed {4,}0 {4,}2$/m);
    expect(stdout).toMatch(/^spread {2,}0\.1 {2,}0\.3$/m);
    expect(stdout).not.toMatch(/^rate /m);
    // 0.9, 1, 1.1 and 0.4, 0.7, 1: e² = 0.01 / 3 + 0.09 / 3, ν = 2.44 → 2, t = 2.920: −0.3 ± 0.533.
    expect(stdout).toMatch(/^gain {2,}≥ 0\.5 {2,}1 ± 0\.17 {2,}0\.7 ± 0\.51 {2,}−0\.3 ± 0\.53 {2,}reproduced → incon/m);
    expect(stdout).toMatch(/^speed \(timing\)/m);
    expect(stdout).toMatch(/^last \(nats\) {2,}0\.3779/m);
    expect(stdout).toMatch(/^step {2,}macs {2,}12 {2,}12 {2,}1$/m);
  });

  test("prints JSON, and writes a page with the curves of both", async () => {
    const { stdout } = await paperworks("compare", "first", "second", "--json", "--out", "page.html");
    expect(parseJson(stdout)).toMatchObject({
      names: ["first", "second"],
      claims: [{ id: "gain", difference: { value: expect.closeTo(-0.3, 12) } }, {}, {}],
    });
    const page = readFileSync(join(folder, "page.html"), "utf8");
    expect(page).toMatch(/first<\/span>.*second<\/span>.*descend\/quickly.*<svg/s);
    expect(page).not.toMatch(/<script|src="http/);
  });

  test("takes results of reproduced papers by slug or file, which have no curves", async () => {
    const { code, stdout } = await paperworks("compare", "fixture", "results/fixture.json", "--out", "same.html");
    expect(code).toBe(0);
    expect(stdout).toContain("The same settings, seeds, data and machine.");
    expect(stdout).toMatch(/^gain {2,}≥ 0\.5 {2,}1 {2,}1 {2,}0 {2,}reproduced$/m);
    expect(existsSync(join(folder, "same.html"))).toBe(true);
  });

  test.each([
    ["a run that is not there, with the nearest", ["frist", "second"], /called "frist": did you mean "first"\?/],
    ["a file that is no result", ["other.json", "second"], /other\.json is no result/],
    ["a broken file", ["broken.json", "second"], /broken\.json cannot be read/],
    ["a folder without a result", ["results", "second"], /results has no result yet/],
    ["one run alone", ["first"], /missing required argument 'second'/],
  ])("refuses %s in one line", async (_, args, message) => {
    writeFileSync(join(folder, "other.json"), "{}");
    writeFileSync(join(folder, "broken.json"), "{");
    const { code, stdout, stderr } = await paperworks("compare", ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});
