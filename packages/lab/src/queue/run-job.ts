import { join } from "node:path";
import { type EventSink, type Paper, type RunError, type RunResult, resultVersion } from "@paperworks/experiment";
import { runPaperInChild } from "../child/run-in-child.ts";
import type { EngineOptions } from "../engine.ts";
import { describeMachine } from "../environment.ts";
import { type LoggedEvent, readEventLog } from "../event-log.ts";
import { cacheFolder, dataFolder } from "../open-data.ts";
import type { PaperSource } from "../paper-source.ts";
import { withoutOwnPaths } from "../reproduction.ts";
import type { Claim, JobRequest } from "./job.ts";

/** Where and how jobs are run on this machine. */
export interface JobSurroundings extends EngineOptions {
  /** The folder of real data; else PAPERWORKS_DATA. */
  readonly data?: string;
  /** The folder of run folders; a job that was begun in it is gone on with. */
  readonly runs: string;
  /** Seconds that one attempt at a job may take. */
  readonly timeBudget?: number;
  /** Bytes of resident memory that a job may take. */
  readonly memoryBudget?: number;
}

/**
 * Runs a claimed job in a process of its own and the run folder of its id. The one place where the queue runs anything.
 * @returns its result, and what happened earlier when an attempt before had finished the run and nothing happened now
 */
export async function runJob(
  source: PaperSource,
  { id, request }: Claim,
  { runs, ...engine }: JobSurroundings,
  { signal, onEvent }: { signal: AbortSignal; onEvent: EventSink },
): Promise<{ readonly result: RunResult; readonly earlier: readonly LoggedEvent[] }> {
  const { mode, seed, seeds, settings } = request;
  const out = join(runs, id);
  const run = await runPaperInChild(source, {
    mode,
    seed,
    seeds: seeds ?? undefined,
    settings,
    ...engine,
    out,
    signal,
    onEvent,
  });
  return {
    result: withoutOwnPaths(run.result, [dataFolder(engine.data), cacheFolder()]),
    earlier: run.state === "finished" ? readEventLog(join(out, "events.jsonl")) : [],
  };
}

/** The result of a job whose experiment did not even begin, or whose workers were lost. */
export function failedResult(
  { slug, mode, seed, seeds, settings }: JobRequest,
  paper: Pick<Paper, "title" | "family"> | undefined,
  error: Pick<RunError, "name" | "message"> & { readonly stack?: string },
): RunResult {
  const now = new Date().toISOString();
  return {
    format: "paperworks-result",
    version: resultVersion,
    slug,
    title: paper?.title ?? slug,
    family: paper?.family ?? "",
    mode,
    status: "failed",
    error: { name: error.name, message: error.message, stack: error.stack ?? null, task: null, seed: null },
    seed,
    seeds,
    settings,
    data: [],
    claims: [],
    metrics: {},
    cost: {},
    figures: [],
    tables: [],
    images: [],
    models: [],
    seconds: 0,
    machine: describeMachine(),
    times: { started: now, finished: now, tasks: [] },
  };
}
