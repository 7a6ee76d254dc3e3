import type { DataSource } from "@paperworks/data";
import type { Bar } from "./bars.ts";
import type { RunMode, TableContent } from "./context.ts";
import type { Findings } from "./findings.ts";
import type { JsonValue } from "./json.ts";
import type { Paper } from "./paper.ts";
import type { SettingValue } from "./settings.ts";
import type { Verdict } from "./verdict.ts";

/** The version of the result's form; a reader refuses what is newer than it knows. */
export const resultVersion = 1;

export type RunStatus = "finished" | "failed" | "interrupted";

/** Where the records of a dataset came from. */
export type DataProvenance = DataSource["provenance"][number];

/** One claim of a run. `value`, `spread` and `interval` are null when nothing was measured. */
export interface ClaimResult {
  readonly id: string;
  readonly paper: string;
  readonly measures: string;
  readonly bar: Bar;
  /** One a seed, in the order of the seeds, or the one pooled value; empty when not measured. */
  readonly values: readonly number[];
  /** Mean of the values. */
  readonly value: number | null;
  /** Half the width of the 90 % interval; null for a single value. */
  readonly spread: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  readonly verdict: Verdict;
  /** Why the claim is not judged, inconclusive or missed for want of a number; null where the verdict says it all. */
  readonly reason: string | null;
  readonly timing: boolean;
}

export interface MetricResult {
  readonly values: readonly number[];
  readonly value: number;
  readonly spread: number | null;
  readonly unit: string | null;
  readonly timing: boolean;
}

export interface RunError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  /** The task that was under way. */
  readonly task: string | null;
  readonly seed: number | null;
}

export type MachineInfo = Readonly<Record<string, JsonValue>>;

/** Everything that depends on the clock, kept apart from what a second run repeats. */
export interface RunTimes {
  /** ISO 8601. */
  readonly started: string;
  readonly finished: string;
  readonly tasks: readonly { readonly task: string; readonly seed: number; readonly seconds: number; kept: boolean }[];
}

/** What a run comes to, as `result.json` holds it. Numbers that JSON lacks are written by `stringifyJson`. */
export interface RunResult {
  readonly format: "paperworks-result";
  readonly version: typeof resultVersion;
  readonly slug: string;
  readonly title: string;
  readonly family: string;
  readonly mode: RunMode;
  readonly status: RunStatus;
  readonly error: RunError | null;
  readonly seed: number;
  /** The number of seeds that replaced every count of the card; null when the card's counts stood. */
  readonly seeds: number | null;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly data: readonly DataProvenance[];
  readonly claims: readonly ClaimResult[];
  readonly metrics: Readonly<Record<string, MetricResult>>;
  readonly cost: Readonly<Record<string, Readonly<Record<string, JsonValue>>>>;
  readonly figures: readonly { readonly name: string; readonly title: string; readonly caption: string | null }[];
  readonly tables: readonly ({ readonly name: string } & TableContent)[];
  readonly images: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly caption: string | null;
  }[];
  readonly models: readonly { readonly name: string; readonly bytes: number; readonly safetensors: boolean }[];
  readonly seconds: number;
  readonly machine: MachineInfo;
  readonly times: RunTimes;
}

/** What a result is made of beside what the experiment put out. */
export interface ResultParts
  extends Pick<
    RunResult,
    "mode" | "status" | "error" | "seed" | "seeds" | "settings" | "data" | "seconds" | "machine"
  > {
  readonly paper: Pick<Paper, "slug" | "title" | "family">;
  readonly started: Date;
  readonly tasks: RunTimes["tasks"];
}

/** The result of a run that has just ended, however it ended. */
export function composeResult(findings: Findings, parts: ResultParts): RunResult {
  const { paper, mode, status, error, seed, seeds, settings, data, seconds, machine, started, tasks } = parts;
  const stopped = { finished: undefined, failed: "the run failed", interrupted: "the run was interrupted" }[status];
  return {
    format: "paperworks-result",
    version: resultVersion,
    slug: paper.slug,
    title: paper.title,
    family: paper.family,
    mode,
    status,
    error,
    seed,
    seeds,
    settings,
    data: [...data],
    claims: findings.claims(stopped),
    ...findings.collected(),
    seconds,
    machine,
    times: { started: started.toISOString(), finished: new Date().toISOString(), tasks },
  };
}

/** The part of a result that a second run of the same seed on the same device repeats to the last digit. */
export function repeatablePart(result: RunResult): Record<string, unknown> {
  const { seconds: _seconds, machine: _machine, times: _times, claims, metrics, ...rest } = result;
  return {
    ...rest,
    claims: claims.map((claim) =>
      claim.timing ? { id: claim.id, paper: claim.paper, measures: claim.measures, bar: claim.bar } : claim,
    ),
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, metric]) => !metric.timing)),
  };
}

/** How many judged claims came out which way. */
export function countVerdicts(claims: readonly Pick<ClaimResult, "verdict">[]): Record<Verdict, number> {
  const counts: Record<Verdict, number> = { reproduced: 0, missed: 0, inconclusive: 0, "not judged": 0 };
  for (const { verdict } of claims) counts[verdict]++;
  return counts;
}
