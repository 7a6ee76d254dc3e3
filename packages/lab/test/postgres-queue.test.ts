import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { repeatablePart, resolveSettings } from "@paperworks/experiment";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixturePaper } from "../src/fixture-paper.ts";
import { type Database, JobQueue, openDatabase } from "../src/queue/index.ts";
import { runPaper } from "../src/run-paper.ts";
import { findPostgres, type PostgresServer, startPostgres } from "./postgres.ts";

const programs = findPostgres();
if (programs === undefined) {
  console.warn("skipped: no PostgreSQL is installed here (Debian: apt-get install postgresql)");
}

interface Told {
  readonly type: string;
  readonly job?: string;
}

/** A worker process and what it told so far. */
class WorkerProcess {
  readonly told: Told[] = [];
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(url: string, runs: string) {
    const script = fileURLToPath(new URL("queue-worker.ts", import.meta.url));
    this.child = spawn(process.execPath, [script, url, runs], { stdio: ["ignore", "pipe", "inherit"] });
    this.#ended = once(this.child, "close");
    createInterface({ input: this.child.stdout! }).on("line", (line) => this.told.push(JSON.parse(line)));
  }

  async hears(type: string, timeout = 30_000): Promise<Told> {
    await expect.poll(() => this.told.find((event) => event.type === type), { timeout, interval: 5 }).toBeDefined();
    return this.told.find((event) => event.type === type)!;
  }

  toldOfLastJob(): Told[] {
    return this.told.slice(this.told.findLastIndex(({ type }) => type === "claimed"));
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.#ended;
  }
}

describe.skipIf(programs === undefined)("on a real PostgreSQL", () => {
  const folder = mkdtempSync(join(tmpdir(), "paperworks-postgres-queue-"));
  const workers: WorkerProcess[] = [];
  let server: PostgresServer;
  let database: Database;
  let queue: JobQueue;
  beforeAll(async () => {
    server = startPostgres(programs!);
    database = await openDatabase({ url: server.url });
    queue = await JobQueue.open(database, { heartbeatSeconds: 10 });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.end("SIGKILL")));
    await queue?.close();
    await database?.close();
    server?.stop();
    rmSync(folder, { recursive: true });
  });

  test("several processes may open a new database at the same time", async () => {
    await database.execute("drop schema paperworks cascade");
    const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ url: server.url })));
    await Promise.all(opened.map((one) => one.close()));
    expect(await database.query("select version from paperworks.migrations")).toEqual([{ version: 1 }]);
  });

  test("a database that does not answer is said to, without its password", async () => {
    const nowhere = openDatabase({ url: "postgres://me:secret@127.0.0.1:1/none" });
    await expect(nowhere).rejects.toThrow(/database postgres:\/\/me:….*127\.0\.0\.1:1\/none does not answer/);
    await expect(nowhere).rejects.not.toThrow(/secret/);
  });

  test("three workers, one killed and one frozen, do every job exactly once and to the same numbers", async () => {
    const gains = Array.from({ length: 12 }, (_, index) => index / 4);
    const settings = (gain: number) => resolveSettings(fixturePaper.settings, { gain, stepMilliseconds: 40 });
    const ids = await queue.enqueue(
      gains.map((gain) => ({ slug: "fixture", mode: "full", seed: 0, seeds: 2, settings: settings(gain) })),
    );
    const runs = join(folder, "runs");
    for (let count = 0; count < 3; count++) workers.push(new WorkerProcess(server.url, runs));
    const [killed, frozen, healthy] = workers;
    await killed.hears("task-finished");
    await killed.end("SIGKILL");
    await frozen.hears("settled");
    const midway = () => frozen.toldOfLastJob().filter(({ type }) => type === "task-finished").length === 1;
    await expect.poll(midway, { interval: 5, timeout: 10_000 }).toBe(true);
    frozen.child.kill("SIGSTOP");
    const state = async () => (await queue.list()).filter(({ state }) => state === "finished").length;
    await expect.poll(state, { timeout: 60_000, interval: 200 }).toBe(12);

    // The frozen one goes on with a job that another has done by now: nothing of it is kept.
    frozen.child.kill("SIGCONT");
    const { job: lostByFrozen } = await frozen.hears("lost");
    const [{ job: lostByKilled }] = killed.toldOfLastJob();
    await Promise.all([frozen.end("SIGTERM"), healthy.end("SIGTERM")]);

    const results = await queue.results();
    expect(results.map(({ job }) => job).toSorted()).toEqual(ids.toSorted());
    for (const id of [lostByFrozen!, lostByKilled!]) {
      const { attempt, result } = results.find(({ job }) => job === id)!;
      expect(attempt).toBe(1);
      expect(result.status).toBe("finished");
      const attempts = await database.query<{ attempt: number }>(
        `select attempt from paperworks.run_events where run = $1 and event ->> 'type' = 'finished'`,
        [id],
      );
      expect(attempts).toEqual([{ attempt: 1 }]);
    }
    // The killed one's process of the run ended with it; the frozen one's went on to its end, which is not run again.
    const gone = results.find(({ job }) => job === lostByKilled)!.result.times.tasks[0];
    expect(gone).toMatchObject({ seed: 0, kept: true });
    for (const [index, gain] of gains.entries()) {
      const out = join(folder, "direct", String(index));
      const direct = await runPaper(fixturePaper, { seeds: 2, settings: { gain, stepMilliseconds: 0 }, out });
      const { result } = results.find(({ job }) => job === ids[index])!;
      expect(repeatablePart(result)).toEqual({ ...repeatablePart(direct.result), settings: settings(gain) });
    }
  }, 120_000);

  test("a worker that is told to stop gives its job back at once, to go on with", async () => {
    const settings = resolveSettings(fixturePaper.settings, { stepMilliseconds: 100 });
    const [id] = await queue.enqueue([{ slug: "fixture", mode: "full", seed: 0, seeds: 1, settings }]);
    const worker = new WorkerProcess(server.url, join(folder, "runs"));
    workers.push(worker);
    await worker.hears("task-started");
    await worker.end("SIGTERM");
    expect(worker.told.at(-1)).toEqual({ type: "given-back", job: id });
    expect(await queue.find(id)).toMatchObject({ state: "waiting", attempts: 1 });
    const next = (await queue.claim("next"))!;
    expect(next).toMatchObject({ id, attempt: 1, losses: 0 });
  });

  test("a worker outlives a crash of the database, and loses neither events nor the result", async () => {
    await queue.cancel((await queue.list({ state: "running" }))[0].id);
    const settings = resolveSettings(fixturePaper.settings, { stepMilliseconds: 100 });
    const [id] = await queue.enqueue([{ slug: "fixture", mode: "full", seed: 0, seeds: 1, settings }]);
    const worker = new WorkerProcess(server.url, join(folder, "runs"));
    workers.push(worker);
    await worker.hears("task-started");
    server.restart();
    await worker.hears("settled");
    await worker.end("SIGTERM");
    const events = await queue.events(id);
    expect(events.map(({ event }) => event.type)).toEqual(
      worker.told
        .filter(({ type }) => !["ready", "claimed", "trouble", "settled"].includes(type))
        .map(({ type }) => type),
    );
    expect((await queue.results()).filter(({ job }) => job === id)).toHaveLength(1);
    expect(await queue.find(id)).toMatchObject({ state: "finished", attempts: 1 });
  });
});
