import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { series } from "@paperworks/data";
import type { Paper } from "@paperworks/experiment";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { fixturePaper } from "./fixture-paper.ts";
import { readReproductions, reproduce } from "./reproduction.ts";
import { resultsTable, withResultsTable } from "./results-table.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-results-"));
afterAll(() => rmSync(parent, { recursive: true }));
const paper = fixturePaper as Paper;
const readme = "# Title\n<!-- results -->\nold\n<!-- /results -->\nThe end.\n";
let results = "";
let out = "";
beforeEach(() => {
  results = mkdtempSync(join(parent, "results-"));
  out = join(mkdtempSync(join(parent, "run-")), "run");
});

describe("a reproduction", () => {
  test("keeps every seed's value, the machine, the versions and the commit", async () => {
    const { file } = await reproduce(paper, { results, out });
    expect(file).toBe(join(results, "fixture.json"));
    const [kept] = readReproductions(results);
    expect(kept.paper).toMatchObject({ slug: "fixture", arxiv: "2601.00001" });
    expect(kept.result.claims[0]).toMatchObject({ values: [1, 1, 1], value: 1, spread: 0, verdict: "reproduced" });
    expect(kept.result.machine).toMatchObject({ node: process.versions.node, versions: { paperworks: "0.1.0" } });
    expect(kept.commit).toMatch(/^[0-9a-f]{40}$/);
  });

  test("names data files without the folder they were in", async () => {
    const folder = mkdtempSync(join(parent, "data-"));
    writeFileSync(join(folder, "ETTh1.csv"), "date,load\n2016-07-01,1\n");
    const reading: Paper = {
      ...paper,
      async experiment(context) {
        await series(context.data, "ETTh1");
        await paper.experiment(context);
      },
    };
    const run = await reproduce(reading, { results, out, data: folder });
    expect(run.result.data[0].from).toBe(join(folder, "ETTh1.csv"));
    expect(readReproductions(results)[0].result.data[0].from).toBe("ETTh1.csv");
  });

  test("that is interrupted leaves the earlier result alone", async () => {
    writeFileSync(join(results, "fixture.json"), "earlier");
    const controller = new AbortController();
    controller.abort();
    const { file, result } = await reproduce(paper, { results, out, signal: controller.signal });
    expect([file, result.status]).toEqual([undefined, "interrupted"]);
    expect(readFileSync(join(results, "fixture.json"), "utf8")).toBe("earlier");
    expect(readdirSync(results)).toEqual(["fixture.json"]);
  });

  test("file that is broken is refused by name", () => {
    writeFileSync(join(results, "bad.json"), "{");
    expect(() => readReproductions(results)).toThrow(/bad\.json cannot be read/);
    writeFileSync(join(results, "bad.json"), "{}");
    expect(() => readReproductions(results)).toThrow(/bad\.json is no reproduction/);
  });
});

describe("the README's table", () => {
  test("has a row a paper with its verdicts and values, its texts escaped", async () => {
    await reproduce(paper, { results, out });
    const table = resultsTable(readReproductions(results));
    expect(table.split("\n")).toHaveLength(4);
    expect(table).toContain("[A &lt;fixture&gt; &amp; its claims](https://arxiv.org/abs/2601.00001) (`fixture`)");
    expect(table).toContain("| 2 reproduced, 1 not judged |");
    expect(table).toContain("gain: 1 (≥ 0.5), reproduced");
    expect(table).toContain("gain.real: 1 (≥ 0.5), not judged");
  });

  test("stands between its markers, and writing it twice changes nothing", () => {
    const written = withResultsTable(readme, []);
    expect(written).toBe("# Title\n<!-- results -->\nNo paper has been reproduced yet.\n<!-- /results -->\nThe end.\n");
    expect(withResultsTable(written, [])).toBe(written);
  });

  test("needs its markers", () => {
    expect(() => withResultsTable("# Title\n", [])).toThrow(/needs the lines <!-- results -->/);
  });

  test("of no results folder is empty", () => {
    expect(readReproductions(join(parent, "nowhere"))).toEqual([]);
  });
});
