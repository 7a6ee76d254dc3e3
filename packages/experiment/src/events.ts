import type { FigureText, ImageContent, ModelFiles, Progress, RunMode, TableContent, VegaLiteSpec } from "./context.ts";
import type { JsonValue } from "./json.ts";
import type { ClaimResult, DataProvenance, RunResult } from "./result.ts";
import type { SettingValue } from "./settings.ts";

/** What an experiment puts out. Made inside a task, it is kept with the task and comes back when the task is skipped. */
export type Finding =
  | {
      readonly type: "measured";
      readonly claim: string;
      readonly values: readonly number[];
      /** Why the claim is not judged, where it is not. */
      readonly unjudged?: string;
    }
  | {
      readonly type: "metric";
      readonly name: string;
      readonly values: readonly number[];
      readonly unit: string | null;
      readonly timing: boolean;
    }
  | ({ readonly type: "figure"; readonly name: string; readonly spec: VegaLiteSpec } & FigureText)
  | ({ readonly type: "table"; readonly name: string } & TableContent)
  | ({ readonly type: "image"; readonly name: string } & ImageContent)
  | ({ readonly type: "model"; readonly name: string } & ModelFiles)
  | { readonly type: "cost"; readonly name: string; readonly figures: Readonly<Record<string, JsonValue>> }
  | { readonly type: "log"; readonly message: string };

/** What happens in a run, in order. Structured cloning carries every event, so a worker or a child process can post it. */
export type RunEvent =
  | {
      readonly type: "started";
      readonly slug: string;
      readonly mode: RunMode;
      readonly seed: number;
      readonly seeds: number | null;
      readonly settings: Readonly<Record<string, SettingValue>>;
    }
  | {
      readonly type: "task-started";
      readonly task: string;
      readonly seed: number;
      /** Place in its replicate, from 0. */
      readonly index: number;
      readonly count: number;
      /** The task goes on from a checkpoint. */
      readonly restored: boolean;
    }
  /** All data read so far, whenever it has become more. */
  | { readonly type: "data"; readonly data: readonly DataProvenance[] }
  | { readonly type: "progress"; readonly task: string; readonly seed: number; readonly report: Progress }
  | { readonly type: "checkpoint"; readonly task: string; readonly seed: number; readonly bytes: number }
  | {
      readonly type: "task-finished";
      readonly task: string;
      readonly seed: number;
      readonly seconds: number;
      /** The value was there already: the task was skipped. */
      readonly kept: boolean;
    }
  | Exclude<Finding, { type: "measured" }>
  | (Extract<Finding, { type: "measured" }> & { readonly result: ClaimResult })
  | { readonly type: "finished"; readonly result: RunResult };

/** Takes the events of a run. An error it throws ends the run as failed. */
export type EventSink = (event: RunEvent) => void;
