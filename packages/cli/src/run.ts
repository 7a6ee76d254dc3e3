import type { Paper, RunResult } from "@paperworks/experiment";
import { stringifyJson } from "@paperworks/experiment";
import type { ChildRunOptions, PaperRun } from "@paperworks/lab";
import { isInputError, oneLine } from "./errors.ts";
import { exitCodes, type RunFlags } from "./flags.ts";
import { ProgressDisplay } from "./progress.ts";
import { stopOnSignals } from "./stop-on-signals.ts";
import type { Output } from "./terminal.ts";
import { printClaims } from "./verdicts.ts";

/** Options of the lab from the command's flags. */
export function labOptions(flags: RunFlags): ChildRunOptions {
  const { quick, set, timeout, memory, seed, seeds, data, out, device, threads, force, tensorboard } = flags;
  return {
    mode: quick ? "quick" : "full",
    settings: set,
    timeBudget: timeout,
    memoryBudget: memory,
    seed,
    seeds,
    data,
    out,
    device,
    threads,
    force,
    tensorboard,
  };
}

/** Runs one paper with live progress and prints what came of it. Returns the exit code. */
export async function runOnTerminal(
  paper: Paper,
  flags: RunFlags,
  { stdout, stderr, run }: { stdout: Output; stderr: Output; run: (options: ChildRunOptions) => Promise<PaperRun> },
): Promise<{ code: number; result: RunResult }> {
  const display = new ProgressDisplay(stderr);
  const quiet = flags.json === true && stderr.stream.isTTY !== true;
  const stop = stopOnSignals((text) => display.note(text));
  try {
    const { folder, result } = await run({
      ...labOptions(flags),
      signal: stop.signal,
      onEvent: (event) => quiet || display.take(event),
      // What an experiment writes by itself must not mix with the result.
      onOutput: (text) => display.note(text.trimEnd()),
      onOpen(path, before) {
        if (quiet) return;
        display.note(`${paper.title} (${flags.quick ? "quick" : "full"} run in ${path})`);
        if (before === "unfinished") display.note("An unfinished run is there: going on with it.");
        if (before === "finished")
          display.note("It holds the finished run already; --force, or another folder, runs again.");
      },
    });
    display.end();
    if (flags.json) stdout.line(stringifyJson(result, 2));
    else {
      stdout.line();
      printClaims(stdout, result.claims);
      stdout.line();
      stdout.line(`Everything is in ${folder}; open ${folder}/report.html to see it.`);
    }
    return { code: conclude(result, folder, stderr), result };
  } finally {
    display.end();
    stop.dispose();
  }
}

const lostItsProcess = new Set(["ProcessCrashError", "MemoryBudgetError", "TimeBudgetError"]);

/** The exit code of a run, and a line about a run that did not come to its end. */
function conclude(result: RunResult, folder: string, stderr: Output): number {
  const { status, error, claims } = result;
  if (status === "interrupted") {
    stderr.line(`Interrupted; what is done is kept. The same command with --out ${folder} goes on with it.`);
    return exitCodes.interrupted;
  }
  if (error !== null) {
    if (isInputError(error)) {
      stderr.line(`error: ${oneLine(error.message)}`);
      return exitCodes.badInput;
    }
    const where = error.task === null ? "" : ` in task ${error.task}, seed ${error.seed}`;
    const on = lostItsProcess.has(error.name) ? `; the same command with --out ${folder} goes on with it` : "";
    stderr.line(`error: the run failed${where}: ${error.name}: ${oneLine(error.message)}${on}`);
    return exitCodes.notReproduced;
  }
  const open = claims.some(({ verdict }) => verdict === "missed" || verdict === "inconclusive");
  return open ? exitCodes.notReproduced : exitCodes.success;
}
