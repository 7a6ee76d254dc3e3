import type { DataSource } from "@paperworks/data";
import type { JsonValue } from "./json.ts";
import type { Settings, SettingValues } from "./settings.ts";

export type RunMode = "full" | "quick";

/** Where a task stands: step of steps, and any numbers worth watching. */
export interface Progress {
  /** Steps done so far, 1 … steps. */
  step: number;
  steps: number;
  loss?: number;
  [measure: string]: number | undefined;
}

type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float16Array
  | Float32Array
  | Float64Array
  | BigUint64Array
  | BigInt64Array;

/** What a checkpoint may hold: bytes, or JSON whose leaves may be typed arrays too. */
export type CheckpointState =
  | JsonValue
  | Numbers
  | readonly CheckpointState[]
  | { readonly [key: string]: CheckpointState };

/** What a task's function is given. */
export interface TaskRun {
  readonly seed: number;
  /** Aborted when the run is to stop. `progress` and `checkpoint` throw then, so most tasks need not look at it. */
  readonly signal: AbortSignal;
  /**
   * Says where the task stands. Cheap: only some reports are passed on. Await it now and then, so that a loop that
   * never leaves the processor still hears Ctrl-C and lets a page breathe.
   * @throws InterruptedError at once when the run is to stop
   */
  progress(report: Progress): Promise<void>;
  /**
   * Offers to keep the task's state. Call it after every step: `save` is called only when the last kept state is some
   * seconds old, and what it returns is written whole or not at all. It must hold all that the rest of the task depends
   * on: weights, optimiser, random state, step, position in the data.
   * @returns whether the state was kept
   * @throws InterruptedError when the run is to stop, after keeping the state
   */
  checkpoint(save: () => CheckpointState | Promise<CheckpointState>): Promise<boolean>;
  /** The state kept last by a run that did not finish this task; undefined when the task starts anew. */
  readonly restored: CheckpointState | undefined;
}

/** A Vega-Lite specification with its data inside; of its `$schema` the run takes care. */
export type VegaLiteSpec = { readonly [key: string]: unknown };

export interface FigureText {
  title: string;
  caption?: string;
}

export type TableCell = string | number | boolean | null;

export interface TableContent {
  columns: readonly string[];
  rows: readonly (readonly TableCell[])[];
  caption?: string;
}

export interface ImageContent {
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  channels: 1 | 2 | 3 | 4;
  /** height × width × channels, rows from the top, 0 … 255. */
  pixels: Uint8Array | Uint8ClampedArray;
  caption?: string;
}

export interface ModelFiles {
  onnx: Uint8Array;
  safetensors?: Uint8Array;
}

export interface MetricOptions {
  unit?: string;
  /** A measurement of time, which no two runs repeat exactly. */
  timing?: boolean;
}

export interface MeasureOptions {
  /** Why this machine cannot judge the claim ("its processor has no …"): the values are shown, without a verdict. */
  unjudged?: string;
}

/** What an experiment is given: its data and settings, tasks to do its work in, and places to put what it finds. */
export interface ExperimentContext<S extends Settings = Settings> {
  readonly mode: RunMode;
  /** The same path with little work, in seconds; its claims are not judged. */
  readonly quick: boolean;
  readonly seed: number;
  readonly settings: SettingValues<S>;
  readonly data: DataSource;
  readonly signal: AbortSignal;

  /**
   * Calls `fn` for seeds seed … seed + count − 1, one after the other, and returns one value a seed, in that order.
   * `--seeds K` replaces the count; a quick run takes 1. Values are JSON (NaN, infinities and bytes included) and are kept: a
   * resumed run does not call `fn` again. Tasks do not nest and do not run side by side.
   */
  replicate<T>(name: string, count: number, fn: (run: TaskRun) => Promise<T> | T): Promise<T[]>;
  /** A deterministic piece of the work, done once with the run's own seed; its value is kept the same way. */
  task<T>(name: string, fn: (run: TaskRun) => Promise<T> | T): Promise<T>;

  /**
   * Gives a claim its values: one a seed, or one value when the claim is deterministic or pools its seeds.
   * @throws MeasurementError for an unknown claim, a claim measured before, or a number of values that no replicate had
   */
  measure(claim: string, values: number | readonly number[], options?: MeasureOptions): void;
  /** A number worth showing that has no bar. */
  metric(name: string, values: number | readonly number[], options?: MetricOptions): void;
  /** A figure as data, not pixels. A name given again replaces the earlier figure. */
  figure(name: string, spec: VegaLiteSpec, text: FigureText): void;
  table(name: string, content: TableContent): void;
  image(name: string, content: ImageContent): void;
  /** A trained model; call the headline one "model", so that the run folder holds `model.onnx`. */
  model(name: string, files: ModelFiles): void;
  /** What the cost model says of a program: parameters, MACs, bytes. No times here. */
  cost(name: string, figures: Readonly<Record<string, JsonValue>>): void;
  log(message: string): void;
}
