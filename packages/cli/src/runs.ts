import { join } from "node:path";
import { stringifyJson } from "@paperworks/experiment";
import { formatDuration } from "@paperworks/lab/report/numbers";
import { removeRun } from "@paperworks/lab/run-files";
import { readResult } from "@paperworks/lab/run-folder";
import { listRuns, type RunSummary, runNames, summarizeRun } from "@paperworks/lab/run-store";
import { format as formatBytes } from "bytes";
import { oneLine, UsageError } from "./errors.ts";
import { suggestion } from "./nearest.ts";
import { alignColumns, type Output, wrap } from "./terminal.ts";
import { printClaims } from "./verdicts.ts";

export interface RunsFlags {
  /** The folder of run folders. */
  readonly runs: string;
  readonly json?: boolean;
}

/** A table of the kept runs, the newest first; those that cannot be read come last, with the reason. */
export function printRuns(output: Output, { runs: parent, json }: RunsFlags): void {
  const { runs, broken } = listRuns(parent);
  if (json) {
    output.line(stringifyJson({ runs, broken }, 2));
    return;
  }
  if (runs.length + broken.length === 0) {
    output.line(`There are no runs in ${parent}.`);
    return;
  }
  if (runs.length > 0) {
    const head = ["RUN", "PAPER", "MODE", "STATUS", "DATE", "VERDICTS", "TIME", "SIZE"];
    const rows = runs.map((run) => [
      run.id,
      run.slug,
      run.mode,
      run.status,
      localDate(run.started),
      describeVerdicts(run),
      run.seconds === null ? "" : formatDuration(run.seconds),
      formatBytes(run.bytes, { unitSeparator: " ", decimalPlaces: 1 }) ?? "",
    ]);
    for (const row of alignColumns([head, ...rows])) output.line(row);
  }
  for (const { id, problem } of broken) output.line(`${id}: cannot be read: ${oneLine(problem)}`);
}

/**
 * One kept run: what it is, how its claims came out, and where its report is.
 * @throws UsageError for an unknown run, with the nearest one when it is near
 */
export function printRun(output: Output, id: string, { runs: parent, json }: RunsFlags): void {
  const path = findRun(parent, id);
  const run = summarizeRun(path);
  const result = run.verdicts === null ? null : readResult(join(path, "result.json"));
  if (json) {
    output.line(stringifyJson({ run, result }, 2));
    return;
  }
  const { slug, mode, seed, seeds, status, started, settings } = run;
  output.line(output.style("bold", result?.title ?? slug));
  const facts = [`${mode} run`, status, localDate(started), `seed ${seed}`, seeds !== null && `${seeds} seeds`];
  if (run.seconds !== null) facts.push(formatDuration(run.seconds));
  output.line(output.style("dim", facts.filter(Boolean).join(" · ")));
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  if (set.length > 0) output.line(wrap(`settings: ${set.join(" ")}`, output.columns));
  if (result?.error) output.line(wrap(`${result.error.name}: ${oneLine(result.error.message)}`, output.columns));
  output.line();
  if (result !== null) {
    printClaims(output, result.claims);
    output.line();
    output.line(`Everything is in ${path}; open ${join(path, "report.html")} to see it.`);
  }
  if (status !== "finished" && status !== "running")
    output.line(`The same command with --out ${path} goes on with it.`);
}

/**
 * Takes runs away with their folders. All are looked for before any is touched.
 * @throws UsageError for an unknown run, RunFolderError for one that holds other files too
 */
export function removeRuns(output: Output, ids: readonly string[], { runs: parent, json }: RunsFlags): void {
  const paths = [...new Set(ids)].map((id) => ({ id, path: findRun(parent, id) }));
  for (const { path, id } of paths) {
    removeRun(path);
    if (!json) output.line(`Removed ${id}.`);
  }
  if (json) output.line(stringifyJson({ removed: paths.map(({ id }) => id) }, 2));
}

/** The folder of a kept run. Only names of runs are found, so that no path leads out of the folder. */
function findRun(parent: string, id: string): string {
  const names = runNames(parent);
  if (names.includes(id)) return join(parent, id);
  const hint = suggestion(names, id);
  throw new UsageError(`no run in ${parent} is called "${id}"${hint} (\`paperworks runs list\` shows all)`);
}

function describeVerdicts({ verdicts, mode }: RunSummary): string {
  if (verdicts === null || mode === "quick") return "";
  const counts = Object.entries(verdicts).filter(([, count]) => count > 0);
  return counts.map(([verdict, count]) => `${count} ${verdict}`).join(", ");
}

/** `2026-11-24 10:31` where the user is. */
function localDate(iso: string): string {
  const date = new Date(iso);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
