import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { repeatablePart, resolveSettings } from "@paperworks/experiment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixturePaper } from "../fixture-paper.ts";
import { runPaper } from "../run-paper.ts";
import { type Database, openDatabase } from "./database.ts";
import { ClaimLostError, JobError } from "./errors.ts";
import type { JobRequest } from "./job.ts";
import { JobQueue } from "./job-queue.ts";
import { migrate } from "./migrations.ts";
import { failedResult } from "./run-job.ts";
import { type WorkerEvent, work } from "./worker.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-queue-"));
const place = join(folder, "db");
let database: Database;
let queue: JobQueue;
beforeAll(async () => {
  database = await openDatabase({ folder: place });
  queue = await JobQueue.open(database);
}, 60_000);
afterAll(async () => {
  await queue.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

const request = (change: Partial<JobRequest> = {}, settings: Record<string, number | string> = {}): JobRequest => ({
  slug: "fixture",
  mode: "full",
  seed: 0,
  seeds: 2,
  settings: resolveSettings(fixturePaper.settings, settings),
  ...change,
});
const source = { file: fileURLToPath(new URL("../fixture-paper.ts", import.meta.url)) };
const papers = (slug: string) => (slug === "fixture" ? source : undefined);
const noSources = { commit: null, changed: false };

/** Works until the queue is empty. */
async function workAll(options: Partial<Parameters<typeof work>[1]> = {}): Promise<WorkerEvent[]> {
  const told: WorkerEvent[] = [];
  const runs = join(folder, "runs");
  await work(queue, {
    papers,
    runs,
    isDone: ({ isEmpty }) => isEmpty,
    onEvent: (event) => told.push(event),
    ...options,
  });
  return told;
}

describe("the database in the process", () => {
  test("is brought to its version once, and a later one is refused", async () => {
    await migrate(database);
    const versions = await database.query<{ version: number }>("select version from paperworks.migrations");
    expect(versions).toEqual([{ version: 1 }]);
    await database.query("insert into paperworks.migrations (version) values (99)");
    await expect(migrate(database)).rejects.toThrow(/is of version 99, and this program knows 1: update it/);
    await database.query("delete from paperworks.migrations where version = 99");
  });

  test("keeps nothing of a transaction that throws", async () => {
    const half = database.transaction(async (on) => {
      await on.query("insert into paperworks.sweeps (id, definition) values ('half', '{}')");
      throw new RangeError("stop");
    });
    await expect(half).rejects.toThrow(RangeError);
    expect(await database.query("select id from paperworks.sweeps where id = 'half'")).toEqual([]);
  });
});

describe("jobs", () => {
  test("run to the numbers of a direct run, with their events in order", async () => {
    const [id] = await queue.enqueue([request({}, { gain: 0.75 })]);
    expect((await queue.find(id.slice(0, 8))).state).toBe("waiting");
    await workAll();
    const stored = (await queue.results()).find(({ job }) => job === id)!;
    const direct = await runPaper(fixturePaper, {
      seeds: 2,
      settings: { gain: 0.75 },
      out: join(folder, "direct"),
    });
    expect(repeatablePart(stored.result)).toEqual(repeatablePart(direct.result));
    expect(Object.keys(stored.result)).toEqual(Object.keys(direct.result));
    expect(Object.keys(stored.result.claims[0])).toEqual(Object.keys(direct.result.claims[0]));
    const events = await queue.events(id);
    expect(events[0].event).toMatchObject({ type: "started", slug: "fixture", seeds: 2 });
    expect(events.at(-1)!.event).toMatchObject({ type: "finished", status: "finished" });
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(events.find(({ event }) => event.type === "model")!.event).toMatchObject({ bytes: 2, safetensors: true });
    expect(await queue.find(id)).toMatchObject({ state: "finished", attempts: 1, error: null });
  });

  test("of a higher priority are taken first, of equal ones the older", async () => {
    const ids = await queue.enqueue([request(), request({ priority: 5 }), request({ priority: 5 })]);
    const claimed = (await workAll()).filter((event) => event.type === "claimed").map(({ claim }) => claim.id);
    expect(claimed).toEqual([ids[1], ids[2], ids[0]]);
  });

  test("that fail keep their reason, and are done again only as new jobs", async () => {
    const [id, unknown, crashed] = await queue.enqueue([
      request({}, { ending: "throw" }),
      request({ slug: "nonesuch" }),
      request({}, { ending: "exit" }),
    ]);
    await workAll();
    expect(await queue.find(id)).toMatchObject({ state: "failed", error: "the fixture was told to fail" });
    expect((await queue.find(unknown)).error).toMatch(/knows no paper called "nonesuch"/);
    expect((await queue.find(crashed)).error).toMatch(/ended with exit code 7 before its run did/);
    const again = await queue.retry(id);
    await expect(queue.retry(id)).rejects.toThrow(JobError);
    await expect(queue.retry(again)).rejects.toThrow(/is waiting; only one that failed/);
    expect(await queue.find(again)).toMatchObject({ state: "waiting", retryOf: id });
    await queue.cancel(again);
  });

  test("that are cancelled are not run, and cannot be cancelled twice", async () => {
    const [id] = await queue.enqueue([request()]);
    await queue.cancel(id);
    expect(await workAll()).toEqual([]);
    expect((await queue.find(id)).state).toBe("cancelled");
    await expect(queue.cancel(id)).rejects.toThrow(/is cancelled already/);
    await expect(queue.find("0000dead")).rejects.toThrow(/no job is called/);
    await expect(queue.find("'; drop")).rejects.toThrow(JobError);
  });

  test("are given back by a worker that is told to stop, and gone on with to the same numbers", async () => {
    const settings = { stepMilliseconds: 20 };
    const [id] = await queue.enqueue([request({}, settings)]);
    const stop = new AbortController();
    const told = await workAll({
      signal: stop.signal,
      onEvent: (event) => event.type === "event" && event.event.type === "task-finished" && stop.abort(),
    });
    expect(told).toEqual([]);
    expect((await queue.find(id)).state).toBe("waiting");
    expect((await queue.results()).some(({ job }) => job === id)).toBe(false);
    await workAll();
    const { result, attempt } = (await queue.results()).find(({ job }) => job === id)!;
    expect(attempt).toBe(1);
    expect(result.times.tasks[0]).toMatchObject({ seed: 0, kept: true });
    const direct = await runPaper(fixturePaper, { seeds: 2, settings, out: join(folder, "direct-slow") });
    expect(repeatablePart(result)).toEqual(repeatablePart(direct.result));
  });

  test("of a worker that lost its claim have no result of it, and no events", async () => {
    const [id] = await queue.enqueue([request()]);
    const zombie = (await queue.claim("zombie"))!;
    expect(await queue.heartbeat(zombie)).toBe(true);
    // What the monitor does when a heartbeat has run out.
    await database.query(
      "update pgboss.job set heartbeat_on = now() - interval '1 hour', started_on = now() - interval '1 hour' where id = $1",
      [id],
    );
    await database.query("update pgboss.queue set monitor_on = null");
    const supervisor = await JobQueue.open(database, { supervise: true });
    await expect.poll(async () => (await queue.find(id)).state, { timeout: 20_000 }).toBe("waiting");
    await supervisor.close();
    expect(await queue.heartbeat(zombie)).toBe(false);
    const late = failedResult(zombie.request, fixturePaper, { name: "Late", message: "too late" });
    const events = [{ sequence: 0, at: new Date().toISOString(), event: '{"type":"log","message":"late"}' }];
    await expect(queue.settle(zombie, late, noSources, events)).rejects.toThrow(ClaimLostError);
    const next = (await queue.claim("next"))!;
    expect(next).toMatchObject({ id, attempt: 1, losses: 1 });
    await expect(queue.settle(zombie, late, noSources, events)).rejects.toThrow(ClaimLostError);
    await expect(queue.giveBack(zombie, events)).rejects.toThrow(ClaimLostError);
    expect(await queue.events(id)).toEqual([]);
    await queue.settle(next, late, noSources, events);
    await expect(queue.settle(next, late, noSources, events)).rejects.toThrow(ClaimLostError);
    expect((await queue.results()).filter(({ job }) => job === id)).toHaveLength(1);
  });

  test("that took three workers with them are not given to a fourth", async () => {
    const [id] = await queue.enqueue([request()]);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await queue.claim("doomed")).toMatchObject({ id, attempt, losses: attempt });
      await database.query("update pgboss.job set state = 'retry' where id = $1", [id]);
    }
    const told = await workAll();
    expect(told.map(({ type }) => type)).toEqual(["claimed", "settled"]);
    expect(await queue.find(id)).toMatchObject({
      state: "failed",
      attempts: 4,
      error: "3 workers ended without a word while they ran it, so no other is given it",
    });
  });

  test("keep numbers and texts that JSON in a database lacks", async () => {
    const [id] = await queue.enqueue([request()]);
    const claim = (await queue.claim("odd"))!;
    const odd = failedResult(claim.request, fixturePaper, { name: "Odd", message: "a\0b\ud800c" });
    const metrics = {
      odd: { values: [Number.NaN, -0, 1e-320], value: Number.NaN, spread: null, unit: null, timing: false },
    };
    await queue.settle(claim, { ...odd, metrics }, noSources, []);
    const { result } = (await queue.results()).find(({ job }) => job === id)!;
    expect(result.metrics).toEqual(metrics);
    expect(result.error!.message).toBe("a\ufffdb\ufffdc");
  });
});
