import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Paper, RunEvent, RunResult } from "@paperworks/experiment";
import { describeSources } from "../environment.ts";
import type { LoggedEvent } from "../event-log.ts";
import { loadPaper, type PaperSource } from "../paper-source.ts";
import { ClaimLostError } from "./errors.ts";
import { EventLog } from "./event-log.ts";
import type { Claim } from "./job.ts";
import type { JobQueue } from "./job-queue.ts";
import { failedResult, type JobSurroundings, runJob } from "./run-job.ts";

/** A job that took so many workers with it is not given to another. */
const tolerableLosses = 3;

/** The time between two looks at an empty queue. */
const pollMilliseconds = 500;

/** The time after which a database that did not answer is asked again. */
const troubleMilliseconds = 2000;

/** What a worker tells of its work. */
export type WorkerEvent =
  | { readonly type: "claimed"; readonly claim: Claim }
  | { readonly type: "event"; readonly claim: Claim; readonly event: RunEvent }
  | { readonly type: "settled"; readonly claim: Claim; readonly result: RunResult }
  | { readonly type: "given-back"; readonly claim: Claim }
  | { readonly type: "lost"; readonly claim: Claim }
  | { readonly type: "trouble"; readonly error: Error };

export interface WorkerOptions extends JobSurroundings {
  /** Finds a paper; undefined when there is none of that name. */
  readonly papers: (slug: string) => PaperSource | undefined;
  /** Jobs at a time. */
  readonly jobs?: number;
  /** Whether to end: asked before each job, and when none waits. Never, if not said. */
  readonly isDone?: (queue: { readonly isEmpty: boolean }) => Promise<boolean> | boolean;
  /** Gives unfinished jobs back and ends. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: WorkerEvent) => void;
}

/**
 * Takes jobs from the queue and runs them until it is told to end. A job in hand is kept by its heartbeat; a worker
 * that is killed loses it to another, which goes on where the run folder is the same and begins anew elsewhere.
 */
export async function work(queue: JobQueue, options: WorkerOptions): Promise<void> {
  const worker = `worker-${randomBytes(4).toString("hex")}`;
  const { jobs = 1 } = options;
  await Promise.all(Array.from({ length: jobs }, () => workOne(queue, worker, options)));
}

async function workOne(queue: JobQueue, worker: string, options: WorkerOptions): Promise<void> {
  const { isDone = () => false, signal, onEvent = () => {} } = options;
  while (!signal?.aborted) {
    let claim: Claim | undefined;
    let wait = pollMilliseconds;
    try {
      if (await isDone({ isEmpty: false })) return;
      claim = await queue.claim(worker);
      if (claim === undefined && (await isDone({ isEmpty: true }))) return;
    } catch (error) {
      onEvent({ type: "trouble", error: error as Error });
      wait = troubleMilliseconds;
    }
    if (claim === undefined) await delay(wait, undefined, { signal }).catch(() => {});
    else await workOn(queue, claim, options);
  }
}

async function workOn(queue: JobQueue, claim: Claim, options: WorkerOptions): Promise<void> {
  const { signal, onEvent = () => {} } = options;
  onEvent({ type: "claimed", claim });
  const lost = new AbortController();
  const beat = setInterval(() => {
    queue.heartbeat(claim).then(
      (mine) => mine || lost.abort(),
      (error) => onEvent({ type: "trouble", error }),
    );
  }, claim.heartbeatSeconds * 250);
  const log = new EventLog(queue.database, claim);
  try {
    const { result, earlier = [] } = await resultOf(claim, options, {
      signal: AbortSignal.any(signal === undefined ? [lost.signal] : [lost.signal, signal]),
      onEvent(event) {
        log.take(event);
        onEvent({ type: "event", claim, event });
      },
    });
    for (const event of earlier) log.takeEarlier(event);
    const events = await log.end();
    if (lost.signal.aborted) throw new ClaimLostError(claim.id, claim.attempt);
    if (result.status === "interrupted") {
      await insist(() => queue.giveBack(claim, events), onEvent);
      onEvent({ type: "given-back", claim });
    } else {
      const sources = describeSources(process.cwd());
      await insist(() => queue.settle(claim, result, sources, events), onEvent);
      onEvent({ type: "settled", claim, result });
    }
  } catch (error) {
    if (error instanceof ClaimLostError) onEvent({ type: "lost", claim });
    else onEvent({ type: "trouble", error: error as Error });
  } finally {
    clearInterval(beat);
    await log.end();
  }
}

async function resultOf(
  claim: Claim,
  options: WorkerOptions,
  hooks: Parameters<typeof runJob>[3],
): Promise<{ result: RunResult; earlier?: readonly LoggedEvent[] }> {
  const { request, losses } = claim;
  let paper: Paper | undefined;
  try {
    const source = options.papers(request.slug);
    if (source === undefined) throw new Error(`this worker knows no paper called "${request.slug}"`);
    if (losses >= tolerableLosses) {
      throw new Error(`${losses} workers ended without a word while they ran it, so no other is given it`);
    }
    paper = await loadPaper(source);
    const { data, runs, device, threads, timeBudget, memoryBudget } = options;
    return await runJob(source, claim, { data, runs, device, threads, timeBudget, memoryBudget }, hooks);
  } catch (error) {
    const failed = failedResult(request, paper, error as Error);
    return { result: hooks.signal.aborted ? { ...failed, status: "interrupted" } : failed };
  }
}

/** Tries again for a while where the database does not answer; then another worker finds the finished run folder. */
async function insist(put: () => Promise<void>, onEvent: (event: WorkerEvent) => void): Promise<void> {
  for (let wait = 500; ; wait *= 2) {
    try {
      return await put();
    } catch (error) {
      if (error instanceof ClaimLostError || wait > 8000) throw error;
      onEvent({ type: "trouble", error: error as Error });
      await delay(wait);
    }
  }
}
