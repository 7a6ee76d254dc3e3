export { atLeast, atMost, type Bar, barInterval, between, describeBar, equals } from "./bars.ts";
export type {
  CheckpointState,
  ExperimentContext,
  FigureText,
  ImageContent,
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
  PaperDefinitionError,
  RunOptionsError,
  SettingError,
  TaskError,
} from "./errors.ts";
export { type JsonValue, parseJson, stringifyJson } from "./json.ts";
export { type Claim, type ClaimOptions, claim, definePaper, type Paper, type PaperOptions } from "./paper.ts";
export {
  resolveSettings,
  type Setting,
  type Settings,
  type SettingValue,
  type SettingValues,
  setting,
} from "./settings.ts";
