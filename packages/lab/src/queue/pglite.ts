import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { fromPglite } from "pg-boss";
import type { Database, Queryable, Row } from "./database.ts";
import { DatabaseError } from "./errors.ts";
import { lockFolder } from "./folder-lock.ts";

type PgliteSession = Pick<PGlite, "query" | "exec">;

/** PostgreSQL in this process, kept in a folder that one process has at a time; nothing is kept for "memory:". */
export async function openPglite(folder: string): Promise<Database> {
  const inMemory = folder === "memory:";
  const place = inMemory ? folder : resolve(folder);
  let unlock = () => {};
  if (!inMemory) {
    try {
      mkdirSync(place, { recursive: true });
    } catch (error) {
      throw new DatabaseError(`no database can be made in ${place}: ${(error as Error).message}`, { cause: error });
    }
    unlock = lockFolder(place);
  }
  let pglite: PGlite;
  try {
    pglite = await PGlite.create(inMemory ? "memory://" : place);
  } catch (error) {
    unlock();
    throw new DatabaseError(`the database in ${place} cannot be opened: ${(error as Error).message}`, { cause: error });
  }
  return {
    kind: "pglite",
    place,
    ...queryable(pglite),
    transaction: (work) => pglite.transaction((session) => work(queryable(session))),
    async close() {
      try {
        await pglite.close();
      } finally {
        unlock();
      }
    },
    boss: { db: fromPglite(pglite), backend: "pglite" },
  };
}

function queryable(session: PgliteSession): Queryable {
  return {
    query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await session.query<R>(sql, [...parameters])).rows,
    async execute(sql) {
      await session.exec(sql);
    },
  };
}
