import { join } from "node:path";
import { type EventSink, type Paper, type RunError, type RunResult, resultVersion } from "@paperworks/experiment";
import type { EngineOptions } from "../engine.ts";
import { describeMachine } from "../environment.ts";
import { cacheFolder, dataFolder } from "../open-data.ts";
import { withoutOwnPaths } from "../reproduction.ts";
import { runPaper } from "../run-paper.ts";
import type { Claim, JobRequest } from "./job.ts";

/** Where and how jobs are run on this machine. */
export interface JobSurroundings extends EngineOptions {
  /** The folder of real data; else PAPERWORKS_DATA. */
  readonly data?: string;
  /** The folder of run folders; a job that was begun in it is gone on with. */
  readonly runs: string;
}

/** Runs a claimed job in the run folder of its id. The one place where the queue runs anything. */
export async function runJob(
  paper: Paper,
  { id, request }: Claim,
  { runs, ...engine }: JobSurroundings,
  { signal, onEvent }: { signal: AbortSignal; onEvent: EventSink },
): Promise<RunResult> {
  const { mode, seed, seeds, settings } = request;
  const out = join(runs, id);
  const run = await runPaper(paper, {
    mode,
    seed,
    seeds: seeds ?? undefined,
    settings,
    ...engine,
    out,
    signal,
    onEvent,
  });
  return withoutOwnPaths(run.result, [dataFolder(engine.data), cacheFolder()]);
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
