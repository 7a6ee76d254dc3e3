import type { Command } from "commander";
import { wholeNumber } from "../flags.ts";
import type { ServeFlags } from "../site/serve.ts";
import { timeOfDay } from "../site/time-of-day.ts";
import { budgetOptions, type CommandContext, machineOptions } from "./context.ts";
import { databaseOption } from "./database-option.ts";

export function addServe(program: Command, context: CommandContext): void {
  const command = program
    .command("serve")
    .description("serve the Daily Papers site, with the results and runs found here");
  budgetOptions(machineOptions(databaseOption(command)))
    .option("--port <n>", "the port; 0 for any that is free", wholeNumber(0), 8787)
    .option("--host <address>", "whom to answer: this machine alone if not said, 0.0.0.0 for all", "127.0.0.1")
    .option("--results <dir>", "the folder of kept results", "results")
    .option("--runs <dir>", "the folder of run folders", "runs")
    .option("--workers <n>", "runs on the server at a time; 0 for none", wholeNumber(0), 1)
    .option("--token <text>", "who has it may run papers on the server from other machines (or PAPERWORKS_TOKEN)")
    .option("--digest-at <time>", "send the digest each day at this time (UTC), such as 07:00", timeOfDay)
    .addHelpText("after", examples)
    .action(async (flags: ServeFlags) => (await import("../site/serve.ts")).serveSite(flags, context));
}

const examples = `
For mail, say by environment: SMTP_URL (smtp://user:password@host:587), MAIL_FROM, and SITE_URL, the site's address.

Examples:
  paperworks serve
  paperworks serve --port 8080 --results results --runs runs
  DATABASE_URL=postgres://lab@host/paperworks SITE_URL=https://papers.example.org paperworks serve --host 0.0.0.0`;
