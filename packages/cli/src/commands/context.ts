import type { Paper } from "@paperworks/experiment";
import type { PaperEntry } from "@paperworks/papers";
import { type Command, Option } from "commander";
import { findPaper } from "../find-paper.ts";
import { deviceNames, wholeNumber } from "../flags.ts";
import type { Output } from "../terminal.ts";

/** What every command is given. */
export interface CommandContext {
  readonly papers: readonly PaperEntry[];
  readonly terminal: { readonly stdout: Output; readonly stderr: Output };
  /** Says the exit code; the highest one counts. */
  readonly end: (code: number) => void;
}

/** Options of every command that runs an experiment. */
export function machineOptions(command: Command): Command {
  return command
    .option("--data <dir>", "folder of real data (or PAPERWORKS_DATA)")
    .addOption(new Option("--device <name>", "where programs run").choices(deviceNames))
    .option("--threads <n>", "threads of one program", wholeNumber(1));
}

/** @throws UsageError for a slug that no paper has */
export async function loadPaper(papers: readonly PaperEntry[], slug: string): Promise<Paper> {
  return (await findPaper(papers, slug).load()).default;
}
