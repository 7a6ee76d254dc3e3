export { atLeast, atMost, type Bar, barInterval, between, describeBar, equals } from "./bars.ts";
export type {
  CheckpointState,
  ExperimentContext,
  FigureText,
  ImageContent,
  MeasureOptions,
  MetricOptions,
  ModelFiles,
  Progress,
  RunMode,
  TableCell,
  TableContent,
  TaskRun,
  VegaLiteSpec,
} from "./context.ts";
export {
  InterruptedError,
  KeptValueError,
  MeasurementError,
  NonFiniteMeasurementError,
  PaperDefinitionError,
  RunOptionsError,
  SettingError,
  TaskError,
} from "./errors.ts";
export type { EventSink, Finding, RunEvent } from "./events.ts";
export {
  type CurveRow,
  encodeAxis,
  type FigureAxis,
  lineFigure,
  meanCurve,
  scatterFigure,
  trainingFigure,
} from "./figures.ts";
export { type JsonValue, parseJson, stringifyJson } from "./json.ts";
export { type Latency, type LatencyOptions, LatencyTable, measureLatency } from "./latency.ts";
export { type Claim, type ClaimOptions, claim, definePaper, type Paper, type PaperOptions } from "./paper.ts";
export {
  type ClaimResult,
  countVerdicts,
  type DataProvenance,
  type MachineInfo,
  type MetricResult,
  type RunError,
  type RunResult,
  type RunStatus,
  type RunTimes,
  repeatablePart,
  resultVersion,
} from "./result.ts";
export { type RunOptions, runExperiment } from "./run.ts";
export {
  resolveSettings,
  type Setting,
  type Settings,
  type SettingValue,
  type SettingValues,
  setting,
} from "./settings.ts";
export { packState, unpackState } from "./state.ts";
export { memoryTaskStore, type TaskRecord, type TaskStore } from "./store.ts";
export { mean, median, minus, over } from "./values.ts";
export { confidence, type Estimate, estimate, type Judgement, judge, type Verdict } from "./verdict.ts";
export { RunWitness, type WitnessedRun } from "./witness.ts";
