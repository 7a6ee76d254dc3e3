import { describeBar, stringifyJson } from "@paperworks/experiment";
import { compareRuns, writeComparison } from "@paperworks/lab/compare/compare-runs";
import type { Comparison } from "@paperworks/lab/compare/comparison";
import { type FoundResult, findResult, type RunPlaces, resultNames } from "@paperworks/lab/compare/find-result";
import { describeDifference } from "@paperworks/lab/report/comparison-page";
import { formatDuration, formatEstimate, formatNumber } from "@paperworks/lab/report/numbers";
import { plain } from "@paperworks/lab/report/parts";
import { UsageError } from "./errors.ts";
import { suggestion } from "./nearest.ts";
import { alignColumns, type Output } from "./terminal.ts";

export interface CompareFlags extends RunPlaces {
  readonly json?: boolean;
  /** The file of the page. */
  readonly out?: string;
}

/**
 * Prints two runs side by side, and writes them as a page with `out`.
 * @throws UsageError for a run that is not there, ResultFormatError for one without a result
 */
export async function compareOnTerminal(
  named: readonly [string, string],
  { json, out, ...places }: CompareFlags,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Promise<void> {
  const [first, second] = [find(named[0], places), find(named[1], places)];
  const comparison = compareRuns(first, second);
  if (out !== undefined) await writeComparison(out, first, second);
  if (json) return stdout.line(stringifyJson(comparison, 2));
  printComparison(stdout, comparison);
  if (out !== undefined) stderr.line(`Open ${out} to see it with its curves.`);
}

function find(named: string, places: RunPlaces): FoundResult {
  const found = findResult(named, places);
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no run, file or result called "${named}"${suggestion(resultNames(places), named)} (\`paperworks runs list\` shows all)`,
  );
}

function printComparison(output: Output, { names, runs, differing, claims, metrics, cost }: Comparison): void {
  const print = (head: readonly string[], rows: readonly (readonly string[])[]) => {
    if (rows.length === 0) return;
    const [first, ...lines] = alignColumns([head, ...rows]);
    output.line();
    output.line(output.style("bold", first));
    for (const line of lines) output.line(line);
  };
  for (const [index, { slug, mode, status, seconds }] of runs.entries()) {
    const which = ["first: ", "second:"][index];
    output.line(`${which} ${names[index]} (${slug}, ${mode}, ${status}, ${formatDuration(seconds)})`);
  }
  print(
    ["DIFFERS", "FIRST", "SECOND"],
    differing.map(({ name, values: [a, b] }) => [name, plain(a), plain(b)]),
  );
  if (differing.length === 0) {
    output.line();
    output.line("The same settings, seeds, data and machine.");
  }
  print(
    ["CLAIM", "BAR", "FIRST", "SECOND", "DIFFERENCE", "VERDICTS"],
    claims.map(({ id, bar, timing, results: [a, b], difference }) => [
      timing ? `${id} (timing)` : id,
      describeBar(bar),
      estimateOf(a),
      estimateOf(b),
      describeDifference(difference),
      a?.verdict === b?.verdict ? (a?.verdict ?? "") : `${a?.verdict ?? "–"} → ${b?.verdict ?? "–"}`,
    ]),
  );
  print(
    ["METRIC", "FIRST", "SECOND", "DIFFERENCE"],
    metrics.map(({ name, unit, timing, results: [a, b], difference }) => [
      `${name}${unit === null ? "" : ` (${unit})`}${timing ? ", timing" : ""}`,
      estimateOf(a),
      estimateOf(b),
      describeDifference(difference),
    ]),
  );
  print(
    ["COST", "", "FIRST", "SECOND", "RATIO"],
    cost.map(({ program, what, values: [a, b], ratio }) => [program, what, plain(a), plain(b), formatNumber(ratio)]),
  );
  output.line();
  output.line(
    output.style("dim", "Mean ± half of the 90 % interval; the difference is second less first (Welch's t)."),
  );
}

function estimateOf(of: Parameters<typeof formatEstimate>[0] | null): string {
  return of === null || of.value === null ? "–" : formatEstimate(of);
}
