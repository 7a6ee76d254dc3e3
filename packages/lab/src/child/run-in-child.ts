import { RunOptionsError, type RunResult, RunWitness } from "@paperworks/experiment";
import { describeMachine } from "../environment.ts";
import { loadPaper, type PaperSource } from "../paper-source.ts";
import { writeReport } from "../report/write.ts";
import { removeRun } from "../run-files.ts";
import type { RunFolder } from "../run-folder.ts";
import { openRunFolder, type PaperRun, prepareRun, type RunPaperOptions } from "../run-paper.ts";
import { type Ending, type Supervision, superviseRun } from "./supervise.ts";

export interface ChildRunOptions extends RunPaperOptions, Supervision {}

/**
 * Runs a paper's experiment in a process of its own, as `runPaper` does in this one. When that process crashes, is killed
 * or goes over a budget, the run is failed with the reason in its result, and this process goes on; the same call goes on
 * with the run from its last checkpoint.
 * @throws PaperFileError for a user's file that cannot be run
 * @throws RunOptionsError, SettingError, RunFolderError, DataFolderError, EngineOptionError for options that cannot be
 */
export async function runPaperInChild(source: PaperSource, options: ChildRunOptions = {}): Promise<PaperRun> {
  requireBudget("time", options.timeBudget);
  requireBudget("memory", options.memoryBudget);
  const paper = await loadPaper(source);
  const run = await prepareRun(paper, options);
  const folder = openRunFolder(run, options);
  const { path, state } = folder;
  if (state === "finished") return { folder: path, state, result: folder.readResult() };
  const { mode, seed, seeds, settings } = run;
  const { data, device, threads, memoryBudget, checkpointSeconds, tensorboard, onEvent } = options;
  const machine = describeMachine({ device, threads });
  const witness = new RunWitness(paper, { mode, seed, seeds, settings, machine });
  const ending = await superviseRun(
    source,
    {
      mode,
      seed,
      seeds: seeds ?? undefined,
      settings,
      data,
      out: path,
      device,
      threads,
      // The other half is for values that live longer, and for the process itself.
      programMemory: memoryBudget === undefined ? undefined : memoryBudget / 2,
      checkpointSeconds,
      tensorboard,
    },
    {
      ...options,
      onEvent(event) {
        witness.take(event);
        onEvent?.(event);
      },
    },
  );
  if (ending.type === "refused") {
    if (state === "new" && witness.result === undefined) removeRun(path);
    throw ending.error;
  }
  if (ending.type === "ended" && witness.result !== undefined) return { folder: path, state, result: witness.result };
  const result = witness.result ?? keepFailure(witness, folder, ending, options);
  await writeReport(folder, result, paper);
  return { folder: path, state, result };
}

/** Writes the result that the process of the run could not write. */
function keepFailure(witness: RunWitness, folder: RunFolder, ending: Ending, { onEvent }: ChildRunOptions): RunResult {
  const error = ending.type === "died" ? ending.error : new Error("the run ended without a result");
  const output = ending.type === "died" && ending.output !== "" ? ending.output : null;
  const result = witness.failed({ name: error.name, message: error.message, stack: output });
  folder.mend();
  folder.take({ type: "finished", result });
  onEvent?.({ type: "finished", result });
  return result;
}

function requireBudget(what: string, budget: number | undefined): void {
  if (budget === undefined || budget > 0) return;
  throw new RunOptionsError(`a ${what} budget must be more than 0, not ${budget}`);
}
