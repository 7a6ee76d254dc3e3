import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { VegaLiteSpec } from "@paperworks/experiment";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { type Database, openDatabase } from "../queue/database.ts";
import { JobQueue } from "../queue/job-queue.ts";
import { type WorkerEvent, work } from "../queue/worker.ts";
import { drawFigure } from "../report/figures.ts";
import { parallelCoordinates } from "./parallel-coordinates.ts";
import { openPoints, planSweep, type SweepRow, startSweep, sweepRows } from "./sweep.ts";
import { sweepCsv } from "./sweep-table.ts";
import { writeSweep } from "./write-sweep.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-sweep-"));
let database: Database;
let queue: JobQueue;
beforeAll(async () => {
  database = await openDatabase({ folder: "memory:" });
  queue = await JobQueue.open(database);
}, 60_000);
afterAll(async () => {
  await queue.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const sweep = planSweep(fixturePaper, {
  set: { gain: "0,0.75,2", ending: "well,throw" },
  mode: "full",
  seeds: 2,
});

/** Works on the sweep until it is done or `until` says so, and returns the points that were run. */
async function workOn(until: (settled: number) => boolean = () => false): Promise<number> {
  const stop = new AbortController();
  const settled: WorkerEvent[] = [];
  await work(queue, {
    papers: () => ({ file: fileURLToPath(new URL("../fixture-paper.ts", import.meta.url)) }),
    runs: join(folder, "runs"),
    signal: stop.signal,
    isDone: async () => (await openPoints(queue, sweep)) === 0,
    onEvent(event) {
      if (event.type !== "settled") return;
      settled.push(event);
      if (until(settled.length)) stop.abort();
    },
  });
  return settled.length;
}

test("a sweep that was stopped is gone on with: what is done is not run again, what failed is", async () => {
  const [foreign] = await queue.enqueue([
    { slug: "fixture", mode: "quick", seed: 0, seeds: null, settings: {}, priority: 3 },
  ]);
  expect(await startSweep(queue, sweep)).toEqual({ done: 0 });
  // Points alternate between ending well and failing.
  expect(await workOn((settled) => settled === 3)).toBe(3);
  expect(await openPoints(queue, sweep)).toBe(3);
  expect(await startSweep(queue, sweep)).toEqual({ done: 2 });
  expect(await openPoints(queue, sweep)).toBe(4);
  expect(await workOn()).toBe(4);
  expect(await startSweep(queue, sweep)).toEqual({ done: 3 });
  await workOn();
  const rows = await sweepRows(queue, sweep);
  expect(rows.map(({ state }) => state)).toEqual(["finished", "failed", "finished", "failed", "finished", "failed"]);
  expect(rows.map(({ settings }) => settings)).toEqual(sweep.points);
  expect(rows.map(({ claims }) => claims[0].value)).toEqual([0, null, 0.75, null, 2, null]);
  expect(rows[0].claims[0].values).toHaveLength(2);
  expect(rows[1].error).toBe("the fixture was told to fail");
  expect((await queue.find(foreign)).state).toBe("waiting");
});

test("its files are a table of full digits, a figure with its data and a page that loads nothing", async () => {
  const rows = await sweepRows(queue, sweep);
  await writeSweep(folder, sweep, rows);
  const read = (name: string) => readFileSync(join(folder, name), "utf8");
  const [head, first] = read("sweep.csv").split("\n");
  expect(head).toMatch(
    /^point,gain,ending,state,gain \(claim\),gain \(claim\) spread,gain \(claim\) verdict,gain.real,.*,last,last spread,seconds,job$/,
  );
  expect(first).toMatch(/^1,0,well,finished,0,0,missed,/);
  expect(JSON.parse(read("sweep.json"))).toMatchObject({
    id: sweep.id,
    count: 6,
    points: [{ state: "finished" }, {}, {}, {}, {}, {}],
  });
  const page = read("sweep.html");
  expect(page).toContain("<svg");
  expect(page).toContain("A &#60;fixture&#62; &#38; its claims");
  expect(page).not.toMatch(/<script|(?:src|href)="(?!data:|#)/);
  const spec = JSON.parse(read("figures/sweep.vl.json")) as {
    layer: { data: { values: Record<string, unknown>[] } }[];
  };
  const lines = spec.layer[1].data.values;
  expect([...new Set(lines.map(({ run }) => run))]).toEqual([1, 3, 5]);
  expect(lines.filter(({ axis }) => axis === "gain").map(({ at }) => at)).toContain(0.375);
  expect(lines.some(({ axis }) => axis === "speed" || axis === "ending")).toBe(false);
  expect(await drawFigure(spec as unknown as VegaLiteSpec)).toContain("gain (claim)");
});

test("a logarithmic setting has a logarithmic axis, and a sweep without measurements no figure", async () => {
  const log = {
    ...fixturePaper,
    settings: { ...fixturePaper.settings, rate: { default: 0.1, min: 0.001, max: 1, log: true } },
  };
  const plan = planSweep(log, { set: { rate: "0.001,0.01,0.1" }, mode: "full" });
  const row = (point: number, value: number): SweepRow => ({
    point,
    settings: plan.points[point],
    job: "",
    state: "finished",
    error: null,
    seconds: 1,
    claims: [],
    metrics: { "a.b[c]": { values: [value], value, spread: null, unit: null, timing: false } },
  });
  const rows = [row(0, 1), row(1, 2), row(2, Number.NaN)];
  const spec = parallelCoordinates(plan, rows) as unknown as {
    layer: { data: { values: { axis: string; at: number }[] } }[];
  };
  const at = spec.layer[1].data.values.filter(({ axis }) => axis === "rate").map(({ at }) => at);
  expect(at).toEqual([0, 1]);
  const three = parallelCoordinates(plan, [row(0, 1), row(1, 2), row(2, 3)]) as unknown as typeof spec;
  const middle = three.layer[1].data.values.filter(({ axis }) => axis === "rate")[1].at;
  expect(middle).toBeCloseTo(0.5, 12);
  expect(await drawFigure(three as unknown as VegaLiteSpec)).toContain("a.b[c]");
  expect(parallelCoordinates(plan, [row(0, Number.NaN)])).toBeUndefined();
  expect(sweepCsv(plan, rows)).toContain("3,0.1,finished,NaN,");
});
