import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";
import { fromPglite } from "pg-boss";
import type { Database, Queryable, Row } from "./database.ts";
import { DatabaseError } from "./errors.ts";
import { lockAge, lockFolder } from "./folder-lock.ts";
import { joinSession, type Session, type SharedSession, shareSession, socketOf } from "./shared-session.ts";

/**
 * PostgreSQL in this process, kept in a folder that one process has at a time and lets others into; nothing is kept for
 * "memory:".
 *
 * @throws DatabaseError when the folder cannot be used, or another process has it and does not let others in
 */
export async function openPglite(folder: string): Promise<Database> {
  if (folder === "memory:") return databaseOver(await PGlite.create("memory://"), folder);
  const place = resolve(folder);
  try {
    mkdirSync(place, { recursive: true });
  } catch (error) {
    throw new DatabaseError(`no database can be made in ${place}: ${(error as Error).message}`, { cause: error });
  }
  const socket = socketOf(place);
  let unlock: () => void;
  try {
    unlock = lockFolder(place);
  } catch (error) {
    const joined = socket === undefined ? undefined : await joinWhenOpen(socket, place);
    if (joined === undefined) throw error;
    return databaseOver(joined, place);
  }
  try {
    const pglite = await PGlite.create(place);
    const shared = socket === undefined ? undefined : await shareSession(pglite, socket);
    return databaseOver(pglite, place, async () => {
      try {
        await shared?.close();
        await pglite.close();
      } finally {
        unlock();
      }
    });
  } catch (error) {
    unlock();
    throw new DatabaseError(`the database in ${place} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
}

/** How long an owner may take to open the database before it lets others in. */
const opening = 15_000;

async function joinWhenOpen(socket: string, place: string): ReturnType<typeof joinSession> {
  for (;;) {
    const joined = await joinSession(socket);
    const age = lockAge(place);
    if (joined !== undefined || age === undefined || age > opening) return joined;
    await delay(200);
  }
}

function databaseOver(
  session: SharedSession & { close(): unknown },
  place: string,
  close: () => Promise<void> = async () => void (await session.close()),
): Database {
  return {
    kind: "pglite",
    place,
    ...queryable(session),
    transaction: (work) => session.transaction((inner) => work(queryable(inner))),
    close,
    boss: { db: fromPglite(session as Parameters<typeof fromPglite>[0]), backend: "pglite" },
  };
}

function queryable(session: Session): Queryable {
  return {
    query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await session.query<R>(sql, [...parameters])).rows,
    async execute(sql) {
      await session.exec(sql);
    },
  };
}
