import type { TableContent } from "@paperworks/experiment";
import { formatEstimate } from "../report/numbers.ts";
import type { Sweep, SweepRow } from "./sweep.ts";

type Cell = TableContent["rows"][number][number];

/** Something that points measured, and a heading for it that no other column has. */
interface Outcome {
  readonly name: string;
  readonly heading: string;
}

/** What the points measured, in the order of the paper. A claim may be called as a setting is, a metric as a claim. */
export function outcomesOf(
  { axes }: Sweep,
  rows: readonly SweepRow[],
): { readonly claims: Outcome[]; readonly metrics: Outcome[] } {
  const taken = new Set(axes.map(({ name }) => name));
  const named = (kind: string, of: (row: SweepRow) => readonly string[]) =>
    [...new Set(rows.flatMap(of))].map((name) => {
      const heading = taken.has(name) ? `${name} (${kind})` : name;
      taken.add(heading);
      return { name, heading };
    });
  return {
    claims: named("claim", ({ claims }) => claims.filter(({ values }) => values.length > 0).map(({ id }) => id)),
    metrics: named("metric", ({ metrics }) => Object.keys(metrics)),
  };
}

/** A sweep as a table to read: an estimate a cell. */
export function sweepTable(sweep: Sweep, rows: readonly SweepRow[]): TableContent {
  const { claims, metrics } = outcomesOf(sweep, rows);
  const axes = sweep.axes.map(({ name }) => name);
  return {
    columns: ["point", ...axes, "state", ...[...claims, ...metrics].map(({ heading }) => heading)],
    rows: rows.map((row) => [
      String(row.point + 1),
      ...axes.map((name) => row.settings[name]),
      row.error === null ? row.state : `${row.state}: ${row.error}`,
      ...claims.map(({ name }) => {
        const claim = row.claims.find(({ id }) => id === name);
        if (claim === undefined || claim.value === null) return "";
        return `${formatEstimate({ ...claim, value: claim.value })} (${claim.verdict})`;
      }),
      ...metrics.map(({ name }) => (name in row.metrics ? formatEstimate(row.metrics[name]) : "")),
    ]),
  };
}

/** A sweep as CSV to compute with: full digits, a column for each number. */
export function sweepCsv(sweep: Sweep, rows: readonly SweepRow[]): string {
  const { claims, metrics } = outcomesOf(sweep, rows);
  const axes = sweep.axes.map(({ name }) => name);
  const head = [
    "point",
    ...axes,
    "state",
    ...claims.flatMap(({ heading }) => [heading, `${heading} spread`, `${heading} verdict`]),
    ...metrics.flatMap(({ heading }) => [heading, `${heading} spread`]),
    "seconds",
    "job",
  ];
  const lines = rows.map((row): Cell[] => [
    row.point + 1,
    ...axes.map((name) => row.settings[name]),
    row.state,
    ...claims.flatMap(({ name }) => {
      const claim = row.claims.find(({ id }) => id === name);
      return [claim?.value ?? null, claim?.spread ?? null, claim?.verdict ?? null];
    }),
    ...metrics.flatMap(({ name }) => [row.metrics[name]?.value ?? null, row.metrics[name]?.spread ?? null]),
    row.seconds,
    row.job,
  ]);
  return [head, ...lines].map((line) => `${line.map(csvCell).join(",")}\n`).join("");
}

function csvCell(cell: Cell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
