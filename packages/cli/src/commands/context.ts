import type { Paper } from "@paperworks/experiment";
import type { SourceState } from "@paperworks/lab";
import { type Command, Option } from "commander";
import { byteSize, duration } from "../budgets.ts";
import { type ListedPaper, openPaper } from "../find-paper.ts";
import { deviceNames, wholeNumber } from "../flags.ts";
import type { Output } from "../terminal.ts";

/** What every command is given. */
export interface CommandContext {
  readonly papers: readonly ListedPaper[];
  readonly terminal: { readonly stdout: Output; readonly stderr: Output };
  /** Says the exit code; the highest one counts. */
  readonly end: (code: number) => void;
  /** The sources that papers are reproduced with; as they are, if not said. */
  readonly sources?: SourceState;
}

/** Options of every command that runs an experiment. */
export function machineOptions(command: Command): Command {
  return command
    .option("--data <dir>", "folder of real data (or PAPERWORKS_DATA)")
    .addOption(new Option("--device <name>", "where programs run").choices(deviceNames))
    .option("--threads <n>", "threads of one program", wholeNumber(1));
}

/** Options of commands that run an experiment in a process of its own. */
export function budgetOptions(command: Command): Command {
  return command
    .option("--timeout <time>", "end the run as failed after this time, such as 10m", duration)
    .option("--memory <size>", "end the run as failed when it takes more memory, such as 4gb", byteSize);
}

/** @throws UsageError for a slug that no paper has, PaperFileError for a file without a paper */
export async function loadPaper(papers: readonly ListedPaper[], name: string): Promise<Paper> {
  return (await openPaper(papers, name)).paper;
}
