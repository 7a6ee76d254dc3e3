import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addCompare } from "./commands/compare.ts";
import { addCompletion } from "./commands/completion.ts";
import type { CommandContext } from "./commands/context.ts";
import { addData } from "./commands/data.ts";
import { addDemo } from "./commands/demo.ts";
import { addDigest } from "./commands/digest.ts";
import { addResults } from "./commands/export-results.ts";
import { addJobs } from "./commands/jobs.ts";
import { addList } from "./commands/list.ts";
import { addNew } from "./commands/new.ts";
import { addPapers } from "./commands/papers.ts";
import { addReproduce } from "./commands/reproduce.ts";
import { addRun } from "./commands/run.ts";
import { addRuns } from "./commands/runs.ts";
import { addServe } from "./commands/serve.ts";
import { addShow } from "./commands/show.ts";
import { addSweep } from "./commands/sweep.ts";
import { addWorker } from "./commands/worker.ts";
import { isInputError, oneLine } from "./errors.ts";
import type { ListedPaper } from "./find-paper.ts";
import { exitCodes } from "./flags.ts";
import { outputTo } from "./terminal.ts";

/**
 * Runs one command line and returns its exit code: 0 done, 1 a judged claim was missed or inconclusive or the run
 * failed, 2 bad usage or input (one line on standard error says what), 130 interrupted. What a command needs is loaded
 * when it runs, so that `list` starts fast.
 */
export async function runCommand(
  argv: readonly string[],
  papers: readonly ListedPaper[],
  { sources }: Pick<CommandContext, "sources"> = {},
): Promise<number> {
  const terminal = { stdout: outputTo(process.stdout), stderr: outputTo(process.stderr) };
  let code: number = exitCodes.success;
  const end = (ended: number) => {
    code = Math.max(code, ended);
  };
  const program = buildProgram({ papers, terminal, end, sources });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.badInput;
    if (!(error instanceof Error) || !isInputError(error)) throw error;
    terminal.stderr.line(`error: ${oneLine(error.message)}`);
    return exitCodes.badInput;
  }
}

/** All commands with their options, arguments and help. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command("paperworks")
    .description("Neural-network papers that run: a method, an experiment and a verdict for each.")
    .version(packageVersion(), "--version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) })
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      "\nExamples:\n  paperworks list\n  paperworks run gradient-noise --quick\n  paperworks reproduce --all --jobs 2\n\n`paperworks <command> --help` shows examples of each; NO_COLOR and FORCE_COLOR are heeded.",
    );
  const commands = [
    addList,
    addShow,
    addRun,
    addReproduce,
    addDemo,
    addData,
    addRuns,
    addCompare,
    addNew,
    addSweep,
    addJobs,
    addWorker,
    addResults,
    addServe,
    addPapers,
    addDigest,
    addCompletion,
  ];
  for (const add of commands) add(program, context);
  return program;
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
