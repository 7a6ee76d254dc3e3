import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Database, openDatabase } from "./database.ts";
import { DatabaseError } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";
import { JobQueue } from "./job-queue.ts";

const folder = mkdtempSync(join(tmpdir(), "paperworks-shared-"));
const place = join(folder, "db");

describe.skipIf(process.platform === "win32")("a database that another process has", () => {
  let owner: Database;
  let guest: Database;
  beforeAll(async () => {
    owner = await openDatabase({ folder: place });
    await owner.execute("create table notes (id serial primary key, text text unique, at timestamptz, data jsonb)");
    guest = await openDatabase({ folder: place });
  }, 60_000);
  afterAll(async () => {
    await guest.close();
    await owner.close();
    rmSync(folder, { recursive: true });
  });

  const texts = async (of: Database) =>
    (await of.query<{ text: string }>("select text from notes order by id")).map(({ text }) => text);

  test("is one that both write and read, dates and JSON among it", async () => {
    const at = new Date("2026-11-29T12:00:00Z");
    await guest.query("insert into notes (text, at, data) values ($1, $2, $3)", ["guest", at, '{"a":[1]}']);
    await owner.query("insert into notes (text) values ('owner')");
    expect(await texts(guest)).toEqual(["guest", "owner"]);
    expect(await owner.query("select at, data from notes where id = 1")).toEqual([{ at, data: { a: [1] } }]);
    expect(await guest.query("select at, data from notes where id = 1")).toEqual([{ at, data: { a: [1] } }]);
    await guest.execute("delete from notes; select 1");
    expect(await texts(owner)).toEqual([]);
  });

  test("keeps all of a transaction of the other process, or nothing when it throws", async () => {
    await guest.transaction(async (on) => {
      await on.query("insert into notes (text) values ('one')");
      await on.query("insert into notes (text) values ('two')");
    });
    const half = guest.transaction(async (on) => {
      await on.query("insert into notes (text) values ('three')");
      throw new RangeError("stop");
    });
    await expect(half).rejects.toThrow(RangeError);
    const twice = guest.transaction((on) => on.query("insert into notes (text) values ('four'), ('one')"));
    await expect(twice).rejects.toMatchObject({ code: "23505" });
    expect(await texts(owner)).toEqual(["one", "two"]);
  });

  test("takes transactions of both in turn", async () => {
    await owner.execute("delete from notes; insert into notes (text) values ('0')");
    const increment = (of: Database) =>
      of.transaction(async (on) => {
        const [{ text }] = await on.query<{ text: string }>("select text from notes");
        await on.query("update notes set text = $1", [String(Number(text) + 1)]);
      });
    await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 === 0 ? owner : guest)));
    expect(await texts(guest)).toEqual(["20"]);
  });

  test("rolls back what a process that was killed had begun, and goes on", async () => {
    await owner.execute("delete from notes");
    const file = fileURLToPath(new URL("fixture-transaction.ts", import.meta.url));
    const child = spawn(process.execPath, ["--no-warnings", file, place], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const after = owner.query("insert into notes (text) values ('after')");
    child.kill("SIGKILL");
    await after;
    expect(await texts(guest)).toEqual(["after"]);
  });

  test("has one queue for both", async () => {
    const [ours, theirs] = await Promise.all([JobQueue.open(owner), JobQueue.open(guest)]);
    const request = { slug: "gla", mode: "quick", seed: 0, seeds: null, settings: {} } as const;
    const [id] = await theirs.enqueue([request]);
    expect(await ours.find(id)).toMatchObject({ slug: "gla", state: "waiting" });
    await theirs.close();
    await ours.close();
  }, 60_000);

  test("lets in this user alone", () => {
    expect(statSync(`${place}.socket`).mode & 0o777).toBe(0o600);
  });

  test("is waited for while its process still opens it", async () => {
    const fresh = join(folder, "fresh");
    const [first, second] = await Promise.all([openDatabase({ folder: fresh }), openDatabase({ folder: fresh })]);
    expect(await second.query("select 1 as one")).toEqual([{ one: 1 }]);
    await second.close();
    await first.close();
  }, 60_000);

  test("says so when its process ends", async () => {
    const other = join(folder, "other");
    const first = await openDatabase({ folder: other });
    const second = await openDatabase({ folder: other });
    await first.close();
    await expect(second.query("select 1")).rejects.toThrow(DatabaseError);
    await second.close();
    expect(existsSync(`${other}.socket`)).toBe(false);
  }, 60_000);

  test("is refused, with the number of the process, where that lets nobody in", async () => {
    const shut = join(folder, "shut");
    const unlock = lockFolder(shut);
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${shut}.lock`, longAgo, longAgo);
    await expect(openDatabase({ folder: shut })).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
    unlock();
  });
});
