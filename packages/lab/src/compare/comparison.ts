import { isDeepStrictEqual } from "node:util";
import type { Bar, ClaimResult, JsonValue, MetricResult, RunResult } from "@paperworks/experiment";
import { type Difference, differenceOf } from "./difference.ts";

type Pair<T> = readonly [first: T, second: T];

/** Two runs side by side. What a run lacks is null. */
export interface Comparison {
  readonly names: Pair<string>;
  readonly runs: Pair<Pick<RunResult, "slug" | "title" | "mode" | "status" | "seconds"> & { readonly started: string }>;
  /** What was not the same: settings, seeds, data, device, machine, versions. */
  readonly differing: readonly { readonly name: string; readonly values: Pair<JsonValue> }[];
  readonly claims: readonly {
    readonly id: string;
    readonly bar: Bar;
    readonly timing: boolean;
    readonly results: Pair<ClaimResult | null>;
    readonly difference: Difference | null;
  }[];
  readonly metrics: readonly {
    readonly name: string;
    readonly unit: string | null;
    readonly timing: boolean;
    readonly results: Pair<MetricResult | null>;
    readonly difference: Difference | null;
  }[];
  /** Every figure of the cost of every program. */
  readonly cost: readonly {
    readonly program: string;
    readonly what: string;
    readonly values: Pair<JsonValue>;
    /** Second ÷ first, of numbers. */
    readonly ratio: number | null;
  }[];
}

/** Puts two results side by side, claims and metrics in the order of the first, what only the second has behind. */
export function compareResults(names: Pair<string>, results: Pair<RunResult>): Comparison {
  const [first, second] = results;
  const claim = ({ claims }: RunResult, id: string) => claims.find((claim) => claim.id === id) ?? null;
  return {
    names,
    runs: [summary(first), summary(second)],
    differing: differing(conditions(first), conditions(second)),
    claims: union(...pair(results, ({ claims }) => claims.map(({ id }) => id))).map((id) => {
      const found = pair(results, (result) => claim(result, id));
      const { bar, timing } = (found[0] ?? found[1])!;
      return { id, bar, timing, results: found, difference: between(found) };
    }),
    metrics: union(...pair(results, ({ metrics }) => Object.keys(metrics))).map((name) => {
      const found = pair(results, ({ metrics }) => metrics[name] ?? null);
      const { unit, timing } = (found[0] ?? found[1])!;
      return { name, unit, timing, results: found, difference: between(found) };
    }),
    cost: union(...pair(results, ({ cost }) => Object.keys(cost))).flatMap((program) => {
      const figures = pair(results, ({ cost }) => cost[program] ?? {});
      return union(...pair(figures, (of) => Object.keys(of))).map((what) => {
        const values = pair(figures, (of) => of[what] ?? null);
        return { program, what, values, ratio: ratio(values) };
      });
    }),
  };
}

function summary({ slug, title, mode, status, seconds, times }: RunResult): Comparison["runs"][number] {
  return { slug, title, mode, status, seconds, started: times.started };
}

/** All that may make two runs differ, by a name for people. */
function conditions({ slug, mode, seed, seeds, settings, data, machine }: RunResult): Map<string, JsonValue> {
  const { versions, ...parts } = machine;
  const named = (prefix: string, of: Readonly<Record<string, JsonValue>>) =>
    Object.entries(of).map(([name, value]): [string, JsonValue] => [`${prefix}${name}`, value]);
  return new Map([
    ["paper", slug],
    ["mode", mode],
    ["seed", seed],
    ["seeds", seeds],
    ...named("", settings),
    ...data.map(({ dataset, origin, records }): [string, JsonValue] => [
      `data ${dataset}`,
      `${origin}, ${records} records`,
    ]),
    ...named("machine: ", parts),
    ...named("version: ", (versions ?? {}) as Record<string, JsonValue>),
  ]);
}

function differing(first: Map<string, JsonValue>, second: Map<string, JsonValue>): Comparison["differing"] {
  return union([...first.keys()], [...second.keys()])
    .map((name) => ({ name, values: [first.get(name) ?? null, second.get(name) ?? null] as const }))
    .filter(({ values: [a, b] }) => !isDeepStrictEqual(a, b));
}

function between([first, second]: Pair<{ readonly values: readonly number[] } | null>): Difference | null {
  return (first && second && differenceOf(first.values, second.values)) ?? null;
}

function ratio([first, second]: Pair<JsonValue>): number | null {
  return typeof first === "number" && typeof second === "number" && first !== 0 ? second / first : null;
}

function pair<T, R>([first, second]: Pair<T>, of: (one: T) => R): [R, R] {
  return [of(first), of(second)];
}

function union(first: readonly string[], second: readonly string[]): string[] {
  return [...new Set([...first, ...second])];
}
