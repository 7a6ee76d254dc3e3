export { type ChildRunOptions, runPaperInChild } from "./child/run-in-child.ts";
export type { Supervision } from "./child/supervise.ts";
export { type Device, devices, type EngineOptions } from "./engine.ts";
export { describeMachine, describeSources } from "./environment.ts";
export {
  EngineOptionError,
  MemoryBudgetError,
  PaperFileError,
  ProcessCrashError,
  ResultFormatError,
  RunFolderError,
  TimeBudgetError,
} from "./errors.ts";
export { type LoggedEvent, readEventLog } from "./event-log.ts";
export { cacheFolder, dataFolder, openData } from "./open-data.ts";
export { loadPaper, type PaperSource } from "./paper-source.ts";
export { drawFigure } from "./report/figures.ts";
export { formatDuration, formatEstimate, formatNumber } from "./report/numbers.ts";
export { overviewPage, writeOverview } from "./report/overview.ts";
export { type ReportMedia, reportPage } from "./report/page.ts";
export {
  type PaperToReproduce,
  type ReproduceManyOptions,
  type ReproductionOutcome,
  reproduceMany,
} from "./reproduce/reproduce-many.ts";
export { type SourceState, sourceState } from "./reproduce/sources.ts";
export {
  type ReproduceOptions,
  type Reproduction,
  readReproduction,
  readReproductions,
  reproduce,
} from "./reproduction.ts";
export { resultsTable, withResultsTable } from "./results-table.ts";
export { clearRun, removeRun } from "./run-files.ts";
export { RunFolder, type RunFolderState, type RunIdentity, readResult } from "./run-folder.ts";
export { newRunPath, type PaperRun, type RunPaperOptions, runPaper } from "./run-paper.ts";
export { type BrokenRun, listRuns, type RunSummary, runNames, summarizeRun } from "./run-store.ts";
export { fileTaskStore } from "./task-files.ts";
export { TensorBoardLog } from "./tensorboard/log.ts";
export { TensorBoardWriter } from "./tensorboard/writer.ts";
