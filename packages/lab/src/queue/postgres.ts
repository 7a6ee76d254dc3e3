import { Pool, type PoolClient } from "pg";
import type { Database, Queryable, Row } from "./database.ts";
import { DatabaseError } from "./errors.ts";

/** Connections of this process for its own statements, and as many again for pg-boss. */
const connections = 4;

/** A PostgreSQL by its address. @throws DatabaseError when it does not answer */
export async function openPostgres(url: string): Promise<Database> {
  const place = withoutPassword(url);
  const pool = new Pool({ connectionString: url, max: connections, connectionTimeoutMillis: 10_000 });
  // An idle connection that breaks is replaced at the next statement, which says so if there is no other.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (error) {
    await pool.end();
    throw new DatabaseError(`the database ${place} does not answer: ${describe(error)}`, { cause: error });
  }
  return {
    kind: "postgres",
    place,
    ...queryable(pool),
    async transaction(work) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query("begin");
        const result = await work(queryable(client));
        await client.query("commit");
        return result;
      } catch (error) {
        await client.query("rollback").catch((failure: Error) => {
          broken = failure;
        });
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
    boss: { connectionString: url, max: connections },
  };
}

function queryable(session: Pool | PoolClient): Queryable {
  return {
    query: async <R extends Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await session.query(sql, [...parameters])).rows as R[],
    async execute(sql) {
      await session.query(sql);
    },
  };
}

function withoutPassword(url: string): string {
  try {
    const address = new URL(url);
    if (address.password !== "") address.password = "…";
    for (const name of [...address.searchParams.keys()]) {
      if (/password/i.test(name)) address.searchParams.set(name, "…");
    }
    return decodeURI(address.href);
  } catch {
    return "of DATABASE_URL";
  }
}

/** An address that resolves to several hosts fails with one error that holds the others, and says nothing itself. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((one) => (one as Error).message).join("; ");
  return (error as Error).message;
}
