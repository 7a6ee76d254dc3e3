import type { JobRequest } from "@paperworks/lab/queue";
import { JobQueue, openDatabase } from "@paperworks/lab/queue";

/** Options of every command that uses the database. */
export interface DatabaseFlags {
  readonly database?: string;
}

export interface OpenQueue {
  readonly queue: JobQueue;
  close(): Promise<void>;
}

/**
 * Opens the database that was named: by `--database`, by DATABASE_URL, or the one in `.paperworks/db`.
 * @throws DatabaseError when it cannot be used
 */
export async function openQueue(
  { database: folder }: DatabaseFlags,
  options: Parameters<typeof JobQueue.open>[1] = {},
): Promise<OpenQueue> {
  const database = await openDatabase({ folder });
  try {
    const queue = await JobQueue.open(database, options);
    return {
      queue,
      async close() {
        await queue.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens the queue for a piece of work and closes it whatever comes of it. */
export async function withQueue<T>(flags: DatabaseFlags, use: (queue: JobQueue) => Promise<T>): Promise<T> {
  const { queue, close } = await openQueue(flags);
  try {
    return await use(queue);
  } finally {
    await close();
  }
}

/** A job in a few words: "1a2b3c4d gradient-noise, quick, seed 3". */
export function describeJob(id: string, { slug, mode, seed, seeds }: JobRequest): string {
  const words = [slug, mode, `seed ${seed}`, ...(seeds === null ? [] : [`${seeds} a replicate`])];
  return `${id.slice(0, 8)} ${words.join(", ")}`;
}
