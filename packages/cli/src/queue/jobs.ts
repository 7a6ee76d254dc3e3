import { resolveSettings } from "@paperworks/experiment";
import type { Job, JobState } from "@paperworks/lab/queue";
import { exportResults } from "@paperworks/lab/queue";
import type { CommandContext } from "../commands/context.ts";
import { UsageError } from "../errors.ts";
import { isPaperFile, openPaper } from "../find-paper.ts";
import { alignColumns, type Output } from "../terminal.ts";
import { type DatabaseFlags, withQueue } from "./open-queue.ts";

export interface JobsFlags extends DatabaseFlags {
  readonly state?: JobState;
  readonly sweep?: string;
  readonly json?: boolean;
}

export async function listJobs(stdout: Output, flags: JobsFlags): Promise<void> {
  const jobs = await withQueue(flags, (queue) => queue.list(flags));
  if (flags.json) return stdout.line(JSON.stringify(jobs, undefined, 2));
  if (jobs.length === 0) return stdout.line("No jobs.");
  const head = ["JOB", "PAPER", "MODE", "SEED", "STATE", "TRIES", "PUT IN", ""];
  for (const line of alignColumns([head, ...jobs.map(jobCells)])) stdout.line(line);
}

function jobCells({ id, slug, mode, seed, state, attempts, created, sweep, point, error }: Job): string[] {
  const place = sweep === null ? "" : `point ${point! + 1} of sweep ${sweep}`;
  const time = created.toISOString().slice(0, 16).replace("T", " ");
  return [id.slice(0, 8), slug, mode, String(seed), state, String(attempts), time, error ?? place];
}

export interface AddFlags extends DatabaseFlags {
  readonly quick?: boolean;
  readonly seed?: number;
  readonly seeds?: number;
  readonly set?: Readonly<Record<string, string>>;
  readonly priority?: number;
  readonly json?: boolean;
}

/** Puts runs of papers into the queue; everything is checked before any of them is. */
export async function addJobs(names: readonly string[], flags: AddFlags, context: CommandContext): Promise<void> {
  const { papers, terminal } = context;
  if (names.some(isPaperFile)) {
    throw new UsageError("workers do not have your own file: run it with `paperworks run` or `paperworks sweep`");
  }
  const opened = await Promise.all(names.map((name) => openPaper(papers, name)));
  const requests = opened.map(({ paper }) => {
    const { quick, seed = 0, seeds = null, set, priority } = flags;
    const settings = resolveSettings(paper.settings, set);
    return { slug: paper.slug, mode: quick ? "quick" : "full", seed, seeds, settings, priority } as const;
  });
  const ids = await withQueue(flags, (queue) => queue.enqueue(requests));
  if (flags.json) return terminal.stdout.line(JSON.stringify(ids));
  for (const id of ids) terminal.stdout.line(id);
}

/** Takes jobs out, by their ids or the beginnings of them. */
export async function cancelJobs(stdout: Output, ids: readonly string[], flags: DatabaseFlags): Promise<void> {
  await withQueue(flags, async (queue) => {
    const jobs = await Promise.all(ids.map((id) => queue.find(id)));
    for (const { id } of jobs) {
      await queue.cancel(id);
      stdout.line(`${id}: cancelled`);
    }
  });
}

/** Does jobs that failed or were cancelled again. */
export async function retryJobs(stdout: Output, ids: readonly string[], flags: DatabaseFlags): Promise<void> {
  await withQueue(flags, async (queue) => {
    const jobs = await Promise.all(ids.map((id) => queue.find(id)));
    for (const { id } of jobs) stdout.line(`${id}: again as ${await queue.retry(id)}`);
  });
}

export interface ExportFlags extends DatabaseFlags {
  readonly results: string;
  readonly all?: boolean;
  readonly events?: boolean;
  readonly json?: boolean;
}

/** Writes results of the database into a folder. */
export async function exportFromQueue(flags: ExportFlags, { papers, terminal }: CommandContext): Promise<void> {
  const { results, all, events, json } = flags;
  const written = await withQueue(flags, (queue) =>
    exportResults(queue, {
      results,
      all: all || events,
      events,
      papers: async (slug) => (await papers.find((paper) => paper.slug === slug)?.load())?.default,
    }),
  );
  if (json) return terminal.stdout.line(JSON.stringify(written, undefined, 2));
  const files = [...written.reproductions, ...written.runs];
  for (const file of files) terminal.stdout.line(file);
  if (files.length === 0) {
    terminal.stdout.line("No reproduction has finished yet; --all writes every result that there is.");
  }
}
