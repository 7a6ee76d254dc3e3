import type { DataSource } from "@paperworks/data";
import type { ExperimentContext, RunMode } from "./context.ts";
import { MeasurementError, NonFiniteMeasurementError, RunOptionsError, TaskError } from "./errors.ts";
import type { EventSink, Finding } from "./events.ts";
import { vegaLiteSchema } from "./figures.ts";
import { Findings } from "./findings.ts";
import { encodeJson } from "./json.ts";
import type { Paper } from "./paper.ts";
import { composeResult, type MachineInfo, type RunError, type RunResult, type RunStatus } from "./result.ts";
import { resolveSettings, type Settings, type SettingValue } from "./settings.ts";
import { memoryTaskStore, type TaskStore } from "./store.ts";
import { TaskRunner } from "./tasks.ts";

export interface RunOptions {
  readonly data: DataSource;
  readonly mode?: RunMode;
  /** The first seed: 0, 1, 2, … */
  readonly seed?: number;
  /** Replaces every count of seeds in the experiment. */
  readonly seeds?: number;
  /** Values for some of the paper's settings; text is read as the setting's type. */
  readonly settings?: Readonly<Record<string, SettingValue>>;
  /** Ends the run as interrupted when aborted. */
  readonly signal?: AbortSignal;
  readonly store?: TaskStore;
  readonly machine?: MachineInfo;
  /** The least time between two kept states of a task. */
  readonly checkpointSeconds?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Runs a paper's experiment: in a terminal, a server's worker or a tab, it makes no difference. What happens goes to the
 * sink as it happens; finished tasks go to the store, and those found there are skipped. An experiment that throws ends
 * with status "failed" (so does one that measured a NaN or an infinity), an aborted one with "interrupted", and both keep all that was measured so far.
 * @throws RunOptionsError for a seed below 0 or a count of seeds below 1
 * @throws SettingError for an unknown setting or a value outside its range
 */
export async function runExperiment(paper: Paper, options: RunOptions, take: EventSink = () => {}): Promise<RunResult> {
  const { data, mode = "full", seed = 0, seeds, store = memoryTaskStore(), machine = {} } = options;
  const { checkpointSeconds = 5, now = () => performance.now() } = options;
  checkRunOptions(options);
  const signal = options.signal ?? new AbortController().signal;
  const settings = resolveSettings(paper.settings, options.settings);
  const sink = withData(data, take);
  const findings = new Findings({ paper, quick: mode === "quick", provenance: () => data.provenance, sink });
  const seedCounts = new Set<number>();
  const add = (finding: Finding) => {
    findings.add(finding, seedCounts);
    tasks.active?.findings.push(finding);
  };
  const tasks: TaskRunner = new TaskRunner({ store, sink, signal, now, checkpointSeconds, data, replay: add });

  const context: ExperimentContext<Settings> = {
    mode,
    quick: mode === "quick",
    seed,
    settings,
    data,
    signal,
    async replicate(name, count, fn) {
      if (!Number.isSafeInteger(count) || count < 1) {
        throw new TaskError(`replicate "${name}" takes 1 seed or more, not ${count}`);
      }
      const actual = seeds ?? (mode === "quick" ? 1 : count);
      const values = [];
      for (let index = 0; index < actual; index++) {
        values.push(await tasks.run(name, { seed: seed + index, index, count: actual }, fn));
      }
      seedCounts.add(actual);
      return values;
    },
    task: (name, fn) => tasks.run(name, { seed, index: 0, count: 1 }, fn),
    ...putters(add),
  };

  const startedAt = new Date();
  const startedTime = now();
  sink({ type: "started", slug: paper.slug, mode, seed, seeds: seeds ?? null, settings });
  let status: RunStatus = "finished";
  let error: RunError | null = null;
  try {
    await paper.experiment(context);
    const leftOut = mode === "full" ? findings.leftOut() : [];
    if (leftOut.length > 0) throw new MeasurementError(`the experiment never measured ${leftOut.join(", ")}`);
    const nonFinite = findings.nonFinite();
    if (nonFinite !== undefined) throw new NonFiniteMeasurementError(nonFinite);
  } catch (thrown) {
    status = signal.aborted ? "interrupted" : "failed";
    if (status === "failed") error = describeError(thrown, tasks.failed);
  }
  const result = composeResult(findings, {
    paper,
    mode,
    status,
    error,
    seed,
    seeds: seeds ?? null,
    settings,
    data: data.provenance,
    seconds: (now() - startedTime) / 1000,
    machine,
    started: startedAt,
    tasks: tasks.times,
  });
  sink({ type: "finished", result });
  return result;
}

/** Tells of the data read so far ahead of the first event that comes after reading it. */
function withData(data: DataSource, sink: EventSink): EventSink {
  let told = 0;
  return (event) => {
    if (data.provenance.length > told) {
      told = data.provenance.length;
      sink({ type: "data", data: [...data.provenance] });
    }
    sink(event);
  };
}

type Putters = Pick<ExperimentContext, "measure" | "metric" | "figure" | "table" | "image" | "model" | "cost" | "log">;

function putters(add: (finding: Finding) => void): Putters {
  const list = (values: number | readonly number[]) => (typeof values === "number" ? [values] : [...values]);
  return {
    measure: (claim, values, { unjudged } = {}) =>
      add({ type: "measured", claim, values: list(values), ...(unjudged === undefined ? {} : { unjudged }) }),
    metric: (name, values, { unit, timing = false } = {}) =>
      add({ type: "metric", name, values: list(values), unit: unit ?? null, timing }),
    figure(name, spec, { title, caption }) {
      // Refuse what JSON would spoil in silence, such as typed arrays; gaps in a curve (NaN) become null.
      encodeJson(spec);
      add({
        type: "figure",
        name,
        spec: JSON.parse(JSON.stringify({ $schema: vegaLiteSchema, ...spec })),
        title,
        caption,
      });
    },
    table: (name, { columns, rows, caption }) =>
      add({ type: "table", name, columns: [...columns], rows: rows.map((row) => [...row]), caption }),
    image: (name, { width, height, channels, pixels, caption }) =>
      add({ type: "image", name, width, height, channels, pixels: Uint8Array.from(pixels), caption }),
    model: (name, { onnx, safetensors }) =>
      add({ type: "model", name, onnx: plainBytes(onnx), safetensors: safetensors && plainBytes(safetensors) }),
    cost: (name, figures) => add({ type: "cost", name, figures: { ...figures } }),
    log: (message) => add({ type: "log", message }),
  };
}

/** A Node Buffer is a Uint8Array that structured cloning and checkpoints would not give back as one. */
function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function checkRunOptions({ mode = "full", seed = 0, seeds = 1 }: RunOptions): void {
  if (mode !== "full" && mode !== "quick") throw new RunOptionsError(`a run is full or quick, not "${mode}"`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RunOptionsError(`a seed is 0, 1, 2, …, not ${seed}`);
  if (!Number.isSafeInteger(seeds) || seeds < 1) throw new RunOptionsError(`a run takes 1 seed or more, not ${seeds}`);
}

function describeError(thrown: unknown, task: { task: string; seed: number } | undefined): RunError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    task: task?.task ?? null,
    seed: task?.seed ?? null,
  };
}
