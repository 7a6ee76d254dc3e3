import { type Command, Option } from "commander";
import { collectSetting, wholeNumber } from "../flags.ts";
import type { AddFlags, JobsFlags } from "../queue/jobs.ts";
import type { CommandContext } from "./context.ts";
import { databaseOption } from "./database-option.ts";

export function addJobs(program: Command, context: CommandContext): void {
  const { stdout } = context.terminal;
  const jobs = program
    .command("jobs")
    .description("list, add, cancel and retry the jobs of the queue")
    .addHelpText("after", "\nExample:\n  paperworks jobs add aaren && paperworks jobs list");
  databaseOption(jobs.command("list", { isDefault: true }).description("list the jobs, the newest first"))
    .addOption(new Option("--state <state>", "only those in a state").choices(states))
    .option("--sweep <id>", "only those of a sweep, in the order of its points")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  paperworks jobs list --state failed")
    .action(async (flags: JobsFlags) => (await import("../queue/jobs.ts")).listJobs(stdout, flags));
  databaseOption(jobs.command("add").description("put runs of papers into the queue").argument("<slugs...>"))
    .option("--quick", "seconds of work on the same path; judges nothing")
    .option("--seed <n>", "the first seed", wholeNumber(0))
    .option("--seeds <n>", "seeds of every replicate, in place of the card's", wholeNumber(1))
    .option("--set <name=value>", "change a setting (again for more)", collectSetting)
    .option("--priority <n>", "higher ones are taken first", wholeNumber(0))
    .option("--json", "print the ids as JSON")
    .addHelpText("after", "\nExample:\n  paperworks jobs add gradient-noise aaren --priority 2")
    .action(async (slugs: string[], flags: AddFlags) =>
      (await import("../queue/jobs.ts")).addJobs(slugs, flags, context),
    );
  databaseOption(jobs.command("cancel").description("take jobs out; one that runs is stopped").argument("<ids...>"))
    .addHelpText("after", "\nExample:\n  paperworks jobs cancel 1f3a90c2")
    .action(async (ids: string[], flags: JobsFlags) =>
      (await import("../queue/jobs.ts")).cancelJobs(stdout, ids, flags),
    );
  databaseOption(jobs.command("retry").description("do jobs again that failed or were cancelled").argument("<ids...>"))
    .addHelpText("after", "\nExample:\n  paperworks jobs retry 1f3a90c2")
    .action(async (ids: string[], flags: JobsFlags) =>
      (await import("../queue/jobs.ts")).retryJobs(stdout, ids, flags),
    );
}

const states = ["waiting", "running", "finished", "failed", "cancelled"];
