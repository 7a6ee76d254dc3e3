import type { Command } from "commander";
import type { ExportFlags } from "../queue/jobs.ts";
import type { CommandContext } from "./context.ts";
import { databaseOption } from "./database-option.ts";

export function addResults(program: Command, context: CommandContext): void {
  const results = program
    .command("results")
    .description("what the jobs of the queue came to")
    .addHelpText("after", "\nExample:\n  paperworks results export --results results");
  const command = results
    .command("export")
    .description("write results of the database into files: the latest reproduction of each paper as <slug>.json");
  databaseOption(command)
    .option("--results <dir>", "the folder of results", "results")
    .option("--all", "also every result as runs/<slug>-<job>.json")
    .option("--events", "also what happened in each run, as runs/<slug>-<job>.events.jsonl (with --all)")
    .option("--json", "print the names of the files as JSON")
    .addHelpText("after", "\nExample:\n  paperworks results export --all --events")
    .action(async (flags: ExportFlags) => (await import("../queue/jobs.ts")).exportFromQueue(flags, context));
}
