import { PgBoss } from "pg-boss";
import type { Database, Queryable } from "./database.ts";
import { DatabaseError } from "./errors.ts";

export const queueName = "runs";

/** Where pg-boss keeps its own tables. */
const schema = "pgboss";

const daySeconds = 86_400;

export interface BossOptions {
  /** A worker that is not heard from for so long has lost its jobs; 10 or more. */
  readonly heartbeatSeconds?: number;
  /** Looks for workers that are not heard from; only a process that works needs to. */
  readonly supervise?: boolean;
  readonly onError?: (error: Error) => void;
}

/** Starts pg-boss on the database and makes the queue of runs. @throws DatabaseError when it cannot */
export async function startBoss(
  database: Database,
  { heartbeatSeconds = 30, supervise = false, onError = () => {} }: BossOptions = {},
): Promise<PgBoss> {
  const given = typeof database.boss === "string" ? { connectionString: database.boss } : database.boss;
  const boss = new PgBoss({
    ...given,
    schema,
    schedule: false,
    supervise,
    superviseIntervalSeconds: 2,
    monitorIntervalSeconds: 2,
  });
  boss.on("error", onError);
  try {
    await boss.start();
    // Every loss and every return of a job counts as a try of pg-boss; how many losses are too many, `JobQueue` decides.
    const options = {
      retryLimit: 1000,
      retryDelay: 0,
      heartbeatSeconds,
      expireInSeconds: daySeconds - 1,
      retentionSeconds: 3650 * daySeconds,
    };
    await boss.createQueue(queueName, options);
    await boss.updateQueue(queueName, { heartbeatSeconds });
    return boss;
  } catch (error) {
    await boss.stop({ graceful: false }).catch(() => {});
    throw new DatabaseError(`the queue in ${database.place} cannot be started: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** What makes pg-boss do its part inside a transaction of ours. */
export function within(on: Queryable): {
  db: { executeSql: (text: string, values?: unknown[]) => Promise<{ rows: Row[] }> };
} {
  return { db: { executeSql: async (text, values) => ({ rows: await on.query<Row>(text, values) }) } };
}

// biome-ignore lint/suspicious/noExplicitAny: the type that pg-boss asks for
type Row = any;
