import { type Database, JobQueue, work } from "@paperworks/lab/queue";
import type { CommandContext } from "../commands/context.ts";
import { oneLine } from "../errors.ts";
import { sourceOf } from "../queue/source-of.ts";
import { describeEvent } from "../queue/worker.ts";
import type { ServeFlags } from "./serve.ts";

export interface OpenedQueue {
  readonly queue: JobQueue;
  /** Waits for the workers, which give back what they have in hand. */
  close(): Promise<void>;
}

/** Opens the queue in the site's database, with workers that take its jobs until the signal. */
export async function startQueue(
  database: Promise<Database>,
  flags: ServeFlags,
  { papers, terminal }: CommandContext,
  signal: AbortSignal,
): Promise<OpenedQueue> {
  const { stdout, stderr } = terminal;
  const queue = await JobQueue.open(await database, {
    supervise: flags.workers > 0,
    onError: (error) => stderr.line(`the queue: ${oneLine(error.message)}`),
  });
  const { workers: jobs, runs, data, device, threads, timeout: timeBudget, memory: memoryBudget } = flags;
  const working =
    jobs === 0
      ? undefined
      : work(queue, {
          papers: (slug) => sourceOf(papers, slug),
          ...{ runs, data, device, threads, timeBudget, memoryBudget, jobs, signal },
          onEvent(event) {
            if (event.type === "trouble") stderr.line(describeEvent(event));
            else if (event.type !== "event") stdout.line(describeEvent(event));
          },
        });
  return {
    queue,
    async close() {
      await working;
      await queue.close();
    },
  };
}
