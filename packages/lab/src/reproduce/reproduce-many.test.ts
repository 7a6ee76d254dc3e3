import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Paper } from "@paperworks/experiment";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { readReproductions } from "../reproduction.ts";
import { type ReproduceManyOptions, reproduceMany, reproductionFolder } from "./reproduce-many.ts";
import { hashOf, sourceState } from "./sources.ts";

const parent = mkdtempSync(join(tmpdir(), "paperworks-reproduce-"));
afterAll(() => rmSync(parent, { recursive: true }));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(parent, "case-"));
});

const fixtureFile = fileURLToPath(new URL("../fixture-paper.ts", import.meta.url));
const fixture = { paper: fixturePaper as Paper, source: { file: fixtureFile } };
/** A paper whose process ends in the middle of its run. */
function crashing() {
  const file = join(folder, "crashing.ts");
  const text = `import paper from ${JSON.stringify(fixtureFile)};\nexport default { ...paper, slug: "crashing", experiment: () => process.kill(process.pid, "SIGKILL") };\n`;
  writeFileSync(file, text);
  return { paper: { ...(fixturePaper as Paper), slug: "crashing" }, source: { file } };
}
const into = (): ReproduceManyOptions => ({
  results: join(folder, "results"),
  runs: join(folder, "runs"),
  sources: { commit: null, changed: false, fingerprint: "of this test" },
});

describe("many papers", () => {
  test("are reproduced two at once, and one that crashes stops no other", async () => {
    const order: string[] = [];
    const outcomes = await reproduceMany([crashing(), fixture], {
      ...into(),
      jobs: 2,
      onOpen: (slug) => order.push(slug),
    });
    expect(order).toHaveLength(2);
    expect(outcomes.map((outcome) => outcome.type === "ran" && outcome.result.status)).toEqual(["failed", "finished"]);
    expect(outcomes[0]).toMatchObject({ file: undefined, result: { error: { name: "ProcessCrashError" } } });
    expect(readReproductions(join(folder, "results")).map(({ paper }) => paper.slug)).toEqual(["fixture"]);
  });

  test("that are done are not run again, unless by force", async () => {
    await reproduceMany([fixture], into());
    const file = join(folder, "results/fixture.json");
    const [before, written] = [readFileSync(file, "utf8"), statSync(file).mtimeMs];
    const states: string[] = [];
    const onOpen: ReproduceManyOptions["onOpen"] = (_slug, _folder, state) => states.push(state);
    await reproduceMany([fixture], { ...into(), onOpen });
    expect(states).toEqual(["finished"]);
    expect([readFileSync(file, "utf8"), statSync(file).mtimeMs]).toEqual([before, written]);
    await reproduceMany([fixture], { ...into(), onOpen, force: true });
    expect(states).toEqual(["finished", "new"]);
    expect(readFileSync(file, "utf8")).not.toBe(before);
  });

  test("go on where they were stopped, and keep no result before", async () => {
    const controller = new AbortController();
    const stopped = await reproduceMany([fixture, crashing()], {
      ...into(),
      signal: controller.signal,
      onEvent: (_slug, { type }) => type === "task-finished" && controller.abort(),
    });
    expect(stopped.map(({ type }) => type)).toEqual(["ran", "waiting"]);
    expect(existsSync(join(folder, "results"))).toBe(false);
    const kept: boolean[] = [];
    const [{ type }] = await reproduceMany([fixture], {
      ...into(),
      onEvent: (_slug, event) => event.type === "task-finished" && kept.push(event.kept),
    });
    expect(type).toBe("ran");
    expect(kept[0]).toBe(true);
    expect(readdirSync(join(folder, "results"))).toEqual(["fixture", "fixture.json"]);
  });

  test("that cannot be run are refused one by one; jobs and data folders that cannot be, all at once", async () => {
    const nowhere = { paper: fixture.paper, source: { file: join(folder, "nowhere.ts") } };
    const [refused] = await reproduceMany([nowhere], into());
    expect(refused).toMatchObject({ type: "refused", error: { name: "PaperFileError" } });
    await expect(reproduceMany([fixture], { ...into(), jobs: 0 })).rejects.toThrow(/jobs must be a whole number/);
    await expect(reproduceMany([fixture], { ...into(), data: join(folder, "no") })).rejects.toThrow(/does not exist/);
  });
});

test("a run folder is another one for other sources, other data and another device", () => {
  const of = (rest: object) => reproductionFolder("a", { runs: "runs", fingerprint: "f", ...rest });
  expect(of({})).toMatch(/^runs[\\/]reproduce-a-[0-9a-f]{8}$/);
  expect(of({ device: "cpu" })).toBe(of({}));
  expect(new Set([of({}), of({ fingerprint: "g" }), of({ data: "d" }), of({ device: "wasm" })]).size).toBe(4);
});

test("the sources are named by their commit, and a fingerprint tells texts apart by their bounds", () => {
  expect(sourceState()).toMatchObject({
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  expect(hashOf(["ab", "c"])).not.toBe(hashOf(["a", "bc"]));
});
