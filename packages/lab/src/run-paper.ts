import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type EventSink,
  type Paper,
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
import { RunFolder, type RunFolderState } from "./run-folder.ts";

export interface RunPaperOptions extends EngineOptions {
  readonly mode?: "full" | "quick";
  readonly seed?: number;
  readonly seeds?: number;
  readonly settings?: Readonly<Record<string, SettingValue>>;
  /** The folder of real data; else PAPERWORKS_DATA. */
  readonly data?: string;
  /** The run folder; else a new one below `runs`. */
  readonly out?: string;
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
 * @throws RunOptionsError, SettingError, RunFolderError, DataFolderError, EngineOptionError for options that cannot be
 */
export async function runPaper(paper: Paper, options: RunPaperOptions = {}): Promise<PaperRun> {
  const { mode = "full", seed = 0, seeds, data: named, device, threads, signal, onEvent, onOpen } = options;
  requireCount("seed", seed, 0);
  requireCount("seeds", seeds ?? 1, 1);
  const settings = resolveSettings(paper.settings, options.settings);
  const data = await openData(named);
  await configureEngine({ device, threads });
  const folder = new RunFolder(options.out ?? newRunPath(paper.slug, mode), {
    slug: paper.slug,
    mode,
    seed,
    seeds: seeds ?? null,
    settings,
    data: dataFolder(named) ?? null,
  });
  onOpen?.(folder.path, folder.state);
  if (folder.state === "finished") return { folder: folder.path, state: folder.state, result: folder.readResult() };
  const machine = describeMachine({ device, threads });
  const result = await runExperiment(
    paper,
    { data, mode, seed, seeds, settings, signal, machine, store: folder.tasks },
    (event) => {
      folder.take(event);
      onEvent?.(event);
    },
  );
  await writeReport(folder, result, paper);
  return { folder: folder.path, state: folder.state, result };
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
