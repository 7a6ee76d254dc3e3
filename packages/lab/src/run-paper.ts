import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DataSource } from "@paperworks/data";
import {
  type EventSink,
  type Paper,
  type RunMode,
  RunOptionsError,
  type RunResult,
  resolveSettings,
  runExperiment,
  type SettingValue,
} from "@paperworks/experiment";
import { configureEngine, type EngineOptions } from "./engine.ts";
import { describeMachine } from "./environment.ts";
import { dataFolder, openData } from "./open-data.ts";
import { writeReport } from "./report/write.ts";
import { clearRun } from "./run-files.ts";
import { RunFolder, type RunFolderState, type RunIdentity } from "./run-folder.ts";
import { lockRun } from "./run-lock.ts";
import { TensorBoardLog } from "./tensorboard/log.ts";

export interface RunPaperOptions extends EngineOptions {
  readonly mode?: RunMode;
  readonly seed?: number;
  readonly seeds?: number;
  readonly settings?: Readonly<Record<string, SettingValue>>;
  /** The folder of real data; else PAPERWORKS_DATA. */
  readonly data?: string;
  /** The run folder; else a new one below `runs`. */
  readonly out?: string;
  /** Takes away the run that the folder holds and starts anew. */
  readonly force?: boolean;
  /** The least time between two kept states of a task. */
  readonly checkpointSeconds?: number;
  /** Also keeps what can be watched as TensorBoard event files in the folder's `tensorboard`. */
  readonly tensorboard?: boolean;
  readonly signal?: AbortSignal;
  /** Told of everything that happens, after it is kept. */
  readonly onEvent?: EventSink;
  /** Told of the folder before the experiment starts. */
  readonly onOpen?: (folder: string, state: RunFolderState) => void;
}

export interface PaperRun {
  readonly folder: string;
  /** What the folder held before. */
  readonly state: RunFolderState;
  readonly result: RunResult;
}

/**
 * Runs a paper's experiment in this process and keeps everything in a run folder. A folder that holds an unfinished run
 * of the same settings is gone on with; one that holds a finished one gives its result without running again.
 * `runPaperInChild` does the same in a process of its own, which may crash.
 * @throws RunOptionsError, SettingError, RunFolderError, DataFolderError, EngineOptionError for options that cannot be
 */
export async function runPaper(paper: Paper, options: RunPaperOptions = {}): Promise<PaperRun> {
  const { device, threads, checkpointSeconds, signal, tensorboard, onEvent } = options;
  const run = await prepareRun(paper, options);
  await configureEngine(options);
  const folder = openRunFolder(run, options);
  if (folder.state === "finished") return { folder: folder.path, state: folder.state, result: folder.readResult() };
  const unlock = await lockRun(folder.path);
  try {
    folder.mend();
    const { data, mode, seed, settings } = run;
    const seeds = run.seeds ?? undefined;
    const machine = describeMachine({ device, threads });
    const watched = tensorboard ? new TensorBoardLog(join(folder.path, "tensorboard")) : undefined;
    const result = await runExperiment(
      paper,
      { data, mode, seed, seeds, settings, signal, machine, store: folder.tasks, checkpointSeconds },
      (event) => {
        folder.take(event);
        watched?.take(event);
        onEvent?.(event);
      },
    );
    await writeReport(folder, result, paper);
    return { folder: folder.path, state: folder.state, result };
  } finally {
    unlock();
  }
}

/** A run whose options have been found to be possible. */
export interface PreparedRun extends Omit<RunIdentity, "data"> {
  readonly data: DataSource;
  readonly dataFolder: string | null;
}

/** @throws RunOptionsError, SettingError, DataFolderError for options that cannot be */
export async function prepareRun(paper: Paper, options: RunPaperOptions): Promise<PreparedRun> {
  const { mode = "full", seed = 0, seeds, data: named } = options;
  requireCount("seed", seed, 0);
  requireCount("seeds", seeds ?? 1, 1);
  const settings = resolveSettings(paper.settings, options.settings);
  const data = await openData(named);
  return { slug: paper.slug, mode, seed, seeds: seeds ?? null, settings, data, dataFolder: dataFolder(named) ?? null };
}

/** @throws RunFolderError when the folder cannot be written, holds another run or other files */
export function openRunFolder(run: PreparedRun, { out, force, onOpen }: RunPaperOptions): RunFolder {
  const { slug, mode, seed, seeds, settings } = run;
  const path = out ?? newRunPath(slug, mode);
  if (force) clearRun(path);
  const folder = new RunFolder(path, { slug, mode, seed, seeds, settings, data: run.dataFolder });
  onOpen?.(folder.path, folder.state);
  return folder;
}

/** `runs/<slug>-<mode>-<UTC time>`, with a number behind it when that is taken. */
export function newRunPath(slug: string, mode: string, { parent = "runs", now = new Date() } = {}): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  for (let attempt = 1; ; attempt++) {
    const path = join(parent, `${slug}-${mode}-${time}${attempt === 1 ? "" : `-${attempt}`}`);
    if (!existsSync(path)) return path;
  }
}

function requireCount(name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new RunOptionsError(`${name} must be a whole number of ${least} or more, not ${value}`);
}
