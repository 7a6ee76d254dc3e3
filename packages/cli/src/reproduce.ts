import { existsSync } from "node:fs";
import { join } from "node:path";
import { countVerdicts, stringifyJson, type Verdict } from "@paperworks/experiment";
import { formatDuration } from "@paperworks/lab/report/numbers";
import { writeOverview } from "@paperworks/lab/report/overview";
import {
  type PaperToReproduce,
  type ReproductionOutcome,
  reproduceMany,
} from "@paperworks/lab/reproduce/reproduce-many";
import { readReproduction, readReproductions } from "@paperworks/lab/reproduction";
import type { CommandContext } from "./commands/context.ts";
import { isInputError } from "./errors.ts";
import { exitCodes, type RunFlags } from "./flags.ts";
import { describeEnd, displayReproductions } from "./reproduction-display.ts";
import { stopOnSignals } from "./stop-on-signals.ts";
import { alignColumns, type Output } from "./terminal.ts";
import { describeCounts } from "./verdicts.ts";

export interface ReproduceFlags
  extends Pick<RunFlags, "data" | "device" | "threads" | "json" | "force" | "timeout" | "memory"> {
  readonly family?: string;
  readonly all?: boolean;
  readonly jobs: number;
  readonly results: string;
}

/** Reproduces papers, shows how they go and what came of them. Returns the exit code. */
export async function reproduceOnTerminal(
  papers: readonly PaperToReproduce[],
  flags: ReproduceFlags,
  { stdout, stderr, sources }: CommandContext["terminal"] & Pick<CommandContext, "sources">,
): Promise<number> {
  const { data, device, threads, timeout, memory, force, jobs, results, json } = flags;
  const rows = papers.map(({ paper: { slug } }) => ({ slug, earlier: earlierResult(join(results, `${slug}.json`)) }));
  const quiet = json === true && stderr.stream.isTTY !== true;
  const display = await displayReproductions(stderr, rows, { quiet });
  const stop = stopOnSignals((text) => display.note(text));
  let outcomes: ReproductionOutcome[];
  try {
    outcomes = await reproduceMany(papers, {
      ...{ data, device, threads, force, jobs, results, sources, signal: stop.signal },
      timeBudget: timeout,
      memoryBudget: memory,
      onOpen: (slug, folder, state) => display.open(slug, folder, state),
      onEvent: (slug, event) => display.take(slug, event),
      onOutput: (slug, text) => display.note(`${slug}: ${text.trimEnd()}`),
      onOutcome: (outcome) => display.close(outcome),
    });
  } finally {
    display.end();
    stop.dispose();
  }
  const kept = outcomes.some((outcome) => outcome.type === "ran" && outcome.file !== undefined);
  const overview = kept ? writeOverview(results, readReproductions(results)) : undefined;
  if (json) stdout.line(stringifyJson(outcomes.map(inJson), 2));
  else printSummary(stdout, outcomes, overview);
  for (const outcome of outcomes) {
    if (quiet && outcome.type === "refused") stderr.line(`error: ${outcome.slug}: ${describeEnd(outcome)}`);
  }
  if (stop.signal.aborted) {
    stderr.line("Interrupted; what is done is kept. The same command goes on with it.");
    return exitCodes.interrupted;
  }
  return Math.max(exitCodes.success, ...outcomes.map(exitCode));
}

/** An earlier reproduction tells how long the tasks take. One that cannot be read will be replaced, and tells nothing. */
function earlierResult(file: string) {
  if (!existsSync(file)) return undefined;
  try {
    return readReproduction(file).result;
  } catch {
    return undefined;
  }
}

function printSummary(output: Output, outcomes: readonly ReproductionOutcome[], overview: string | undefined): void {
  const rows = outcomes.map((outcome) => {
    if (outcome.type !== "ran") return [outcome.slug, outcome.type, "", "", describeEnd(outcome)];
    const { slug, result, file, folder } = outcome;
    const counts = result.status === "finished" ? describeCounts(countVerdicts(result.claims)) : "";
    const where = result.error === null ? (file ?? folder) : describeEnd(outcome);
    return [slug, result.status, counts, formatDuration(result.seconds), where];
  });
  output.line();
  const [head, ...lines] = alignColumns([["PAPER", "RUN", "VERDICTS", "TIME", "KEPT IN"], ...rows]);
  output.line(output.style("bold", head));
  for (const line of lines) output.line(line);
  const totals = countVerdicts(finishedClaims(outcomes));
  if (Object.values(totals).some((count) => count > 0)) {
    output.line();
    output.line(`${outcomes.length === 1 ? "1 paper" : `${outcomes.length} papers`}: ${describeCounts(totals)}`);
  }
  if (overview !== undefined) output.line(`Open ${overview} to see all results.`);
}

function finishedClaims(outcomes: readonly ReproductionOutcome[]): { readonly verdict: Verdict }[] {
  return outcomes.flatMap((outcome) =>
    outcome.type === "ran" && outcome.result.status === "finished" ? outcome.result.claims : [],
  );
}

/** What a program reads of one paper. */
function inJson(outcome: ReproductionOutcome): Record<string, unknown> {
  const { slug, type } = outcome;
  if (type === "waiting") return { slug, status: "waiting" };
  if (type === "refused") {
    const { name, message } = outcome.error;
    return { slug, status: "refused", error: { name, message } };
  }
  const { result, file = null, folder } = outcome;
  return { slug, status: result.status, file, folder, result };
}

function exitCode(outcome: ReproductionOutcome): number {
  if (outcome.type === "waiting") return exitCodes.interrupted;
  if (outcome.type === "refused") return isInputError(outcome.error) ? exitCodes.badInput : exitCodes.notReproduced;
  const { error, claims } = outcome.result;
  if (error !== null) return isInputError(error) ? exitCodes.badInput : exitCodes.notReproduced;
  const open = claims.some(({ verdict }) => verdict === "missed" || verdict === "inconclusive");
  return open ? exitCodes.notReproduced : exitCodes.success;
}
