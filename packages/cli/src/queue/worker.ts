import { countVerdicts } from "@paperworks/experiment";
import { formatDuration, openData } from "@paperworks/lab";
import { type WorkerEvent, work } from "@paperworks/lab/queue";
import type { CommandContext } from "../commands/context.ts";
import { oneLine } from "../errors.ts";
import { exitCodes } from "../flags.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { type DatabaseFlags, describeJob, openQueue } from "./open-queue.ts";
import { sourceOf } from "./source-of.ts";
import type { WorkFlags } from "./work-flags.ts";

export interface WorkerFlags extends WorkFlags, DatabaseFlags {
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Takes jobs until it is told to stop, or until none waits. */
export async function runWorker(flags: WorkerFlags, { papers, terminal, end }: CommandContext): Promise<void> {
  const { stdout, stderr } = terminal;
  // A folder that is not there would fail every job.
  await openData(flags.data);
  const { queue, close } = await openQueue(flags, {
    supervise: true,
    onError: (error) => stderr.line(`the queue: ${oneLine(error.message)}`),
  });
  const stop = stopOnSignals((text) => stderr.line(text));
  try {
    const { kind, place } = queue.database;
    // Nobody else can put jobs into a database that this process has for itself.
    const once = flags.once === true || kind === "pglite";
    if (!flags.json) stdout.line(`Working on the jobs in ${place}${once ? " until none waits" : ""}.`);
    await work(queue, {
      papers: (slug) => sourceOf(papers, slug),
      runs: flags.runs,
      data: flags.data,
      device: flags.device,
      threads: flags.threads,
      timeBudget: flags.timeout,
      memoryBudget: flags.memory,
      jobs: flags.jobs,
      signal: stop.signal,
      isDone: ({ isEmpty }) => once && isEmpty,
      onEvent(event) {
        if (event.type === "event") return;
        if (flags.json) stdout.line(JSON.stringify(eventLine(event)));
        else if (event.type === "trouble") stderr.line(describeEvent(event));
        else stdout.line(describeEvent(event));
      },
    });
    if (stop.signal.aborted) end(exitCodes.interrupted);
  } finally {
    stop.dispose();
    await close();
  }
}

type ToldEvent = Exclude<WorkerEvent, { type: "event" }>;

/** What a worker tells in one line. */
export function describeEvent(event: ToldEvent): string {
  if (event.type === "trouble") return `trouble: ${oneLine(event.error.message)}`;
  const { id, request, attempt } = event.claim;
  const job = `job ${describeJob(id, request)}`;
  switch (event.type) {
    case "claimed":
      return `${job}: taken${attempt > 0 ? `, attempt ${attempt + 1}` : ""}`;
    case "settled": {
      const { status, error, claims, seconds } = event.result;
      if (error !== null) return `${job}: ${status}: ${error.name}: ${oneLine(error.message)}`;
      const counts = Object.entries(countVerdicts(claims)).filter(([, count]) => count > 0);
      const verdicts = counts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
      return `${job}: ${status} in ${formatDuration(seconds)}: ${verdicts}`;
    }
    case "given-back":
      return `${job}: given back`;
    case "lost":
      return `${job}: cancelled, or another worker has it by now`;
  }
}

function eventLine(event: ToldEvent): object {
  const time = new Date().toISOString();
  if (event.type === "trouble") return { time, type: event.type, message: event.error.message };
  const { id: job, attempt, request } = event.claim;
  const line = { time, type: event.type, job, attempt, slug: request.slug };
  return event.type === "settled" ? { ...line, status: event.result.status, seconds: event.result.seconds } : line;
}
