import { join } from "node:path";
import { stringifyJson } from "@paperworks/experiment";
import { openData } from "@paperworks/lab";
import { type JobQueue, work } from "@paperworks/lab/queue";
import {
  openPoints,
  planSweep,
  type Sweep,
  startSweep,
  sweepCsv,
  sweepRows,
  sweepSummary,
  sweepTable,
  writeSweep,
} from "@paperworks/lab/sweep";
import type { CommandContext } from "../commands/context.ts";
import { oneLine, UsageError } from "../errors.ts";
import { isPaperFile, openPaper } from "../find-paper.ts";
import { exitCodes } from "../flags.ts";
import { stopOnSignals } from "../stop-on-signals.ts";
import { alignColumns } from "../terminal.ts";
import { type DatabaseFlags, openQueue } from "./open-queue.ts";
import { sourceOf } from "./source-of.ts";
import type { WorkFlags } from "./work-flags.ts";
import { describeEvent } from "./worker.ts";

export interface SweepFlags extends WorkFlags, DatabaseFlags {
  readonly set?: Readonly<Record<string, string>>;
  readonly random?: number;
  readonly seed?: number;
  readonly seeds?: number;
  readonly quick?: boolean;
  readonly out?: string;
  readonly queue?: boolean;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** Plans a sweep, puts what is missing of it into the queue and works on it until every point has ended. */
export async function runSweep(name: string, flags: SweepFlags, context: CommandContext): Promise<void> {
  const { stdout, stderr } = context.terminal;
  const opened = await openPaper(context.papers, name);
  const { set = {}, random: count, seed = 0, seeds, quick } = flags;
  const sweep = planSweep(opened.paper, {
    set,
    mode: quick ? "quick" : "full",
    seed,
    seeds,
    random: count === undefined ? undefined : { count, seed },
  });
  if (flags.queue && isPaperFile(name)) {
    throw new UsageError("other workers do not have your own file: a sweep of it runs here, without --queue");
  }
  await openData(flags.data);
  const { queue, close } = await openQueue(flags, { supervise: !flags.queue });
  const quiet = flags.json === true || flags.csv === true;
  try {
    const { done } = await startSweep(queue, sweep);
    const total = sweep.points.length;
    const before = done === 0 ? "" : `, ${done} done before`;
    if (!quiet) stderr.line(`Sweep ${sweep.id} of ${opened.paper.slug}: ${total} points${before}.`);
    if (flags.queue) {
      if (!quiet) stdout.line(`${await openPoints(queue, sweep)} jobs wait for a worker (paperworks worker).`);
    } else if (await workOnSweep(queue, sweep, opened, flags, context)) {
      stderr.line("Interrupted; what is done is kept. The same command goes on with it.");
      context.end(exitCodes.interrupted);
    }
    const rows = await sweepRows(queue, sweep);
    const out = flags.out ?? join("sweeps", `${opened.paper.slug}-${sweep.id}`);
    await writeSweep(out, sweep, rows);
    if (flags.json) stdout.line(stringifyJson(sweepSummary(sweep, rows), 2));
    else if (flags.csv) stdout.stream.write(sweepCsv(sweep, rows));
    else {
      const { columns, rows: cells } = sweepTable(sweep, rows);
      stdout.line();
      for (const line of alignColumns([columns, ...cells.map((row) => row.map(String))])) stdout.line(line);
      stdout.line();
      stdout.line(`Everything is in ${out}; open ${out}/sweep.html to see it.`);
    }
    if (rows.some(({ state }) => state === "failed")) context.end(exitCodes.notReproduced);
  } finally {
    await close();
  }
}

/** Works until every point has ended, here or at another worker. True when it was told to stop. */
async function workOnSweep(
  queue: JobQueue,
  sweep: Sweep,
  { paper, source }: Awaited<ReturnType<typeof openPaper>>,
  flags: SweepFlags,
  { papers, terminal: { stderr } }: CommandContext,
): Promise<boolean> {
  const quiet = (flags.json === true || flags.csv === true) && stderr.stream.isTTY !== true;
  const stop = stopOnSignals((text) => stderr.line(text));
  try {
    await work(queue, {
      papers: (slug) => (slug === paper.slug ? source : sourceOf(papers, slug)),
      runs: flags.runs,
      data: flags.data,
      device: flags.device,
      threads: flags.threads,
      timeBudget: flags.timeout,
      memoryBudget: flags.memory,
      jobs: flags.jobs,
      signal: stop.signal,
      isDone: async () => (await openPoints(queue, sweep)) === 0,
      onEvent(event) {
        if (event.type === "event" || event.type === "claimed") return;
        if (event.type === "trouble") stderr.line(describeEvent(event));
        else if (!quiet)
          stderr.line(oneLine(`${describeEvent(event)} (${describeSettings(sweep, event.claim.request.settings)})`));
      },
    });
    return stop.signal.aborted;
  } finally {
    stop.dispose();
  }
}

function describeSettings({ axes }: Sweep, settings: Readonly<Record<string, unknown>>): string {
  return axes.map(({ name }) => `${name}=${settings[name]}`).join(" ");
}
