import type { Command } from "commander";
import type { RunsFlags } from "../runs.ts";
import type { CommandContext } from "./context.ts";

export function addRuns(program: Command, { terminal: { stdout } }: CommandContext): void {
  const runs = program
    .command("runs")
    .description("list, show and remove the runs that are kept")
    .addHelpText("after", "\nExamples:\n  paperworks runs list\n  paperworks runs show aaren-full-20261124-131258");
  const options = (command: Command) =>
    command.option("--runs <dir>", "the folder of run folders", "runs").option("--json", "print JSON");
  options(runs.command("list", { isDefault: true }).description("list the runs, the newest first"))
    .addHelpText("after", "\nExample:\n  paperworks runs list --json")
    .action(async (flags: RunsFlags) => (await import("../runs.ts")).printRuns(stdout, flags));
  options(runs.command("show").description("show a run and how its claims came out").argument("<id>"))
    .addHelpText("after", "\nExample:\n  paperworks runs show aaren-full-20261124-131258")
    .action(async (id: string, flags: RunsFlags) => (await import("../runs.ts")).printRun(stdout, id, flags));
  options(runs.command("rm").description("remove runs with all that they made, without asking").argument("<ids...>"))
    .addHelpText("after", "\nExample:\n  paperworks runs rm aaren-quick-20261124-133751")
    .action(async (ids: string[], flags: RunsFlags) => (await import("../runs.ts")).removeRuns(stdout, ids, flags));
}
