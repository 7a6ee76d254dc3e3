import type { Command } from "commander";
import type { DigestFlags } from "../site/digest.ts";
import type { CommandContext } from "./context.ts";
import { databaseOption } from "./database-option.ts";

export function addDigest(program: Command, context: CommandContext): void {
  const digest = program.command("digest").description("send the daily digest of trending papers");
  databaseOption(digest.command("send").description("send the digest to every subscriber who does not have it yet"))
    .option("--dry-run", "say what would be sent, and send nothing")
    .option("--date <day>", "the day, such as 2026-11-24; today if not said")
    .option("--results <dir>", "the folder of kept results", "results")
    .option("--runs <dir>", "the folder of run folders", "runs")
    .addHelpText("after", examples)
    .action(async (flags: DigestFlags) => (await import("../site/digest.ts")).sendDailyDigest(flags, context));
}

const examples = `
It is safe to repeat: nobody is sent the digest of a day twice, also after a crash. Needs SMTP_URL, MAIL_FROM and SITE_URL.

Examples:
  paperworks digest send --dry-run
  SMTP_URL=smtp://localhost MAIL_FROM=papers@example.org SITE_URL=https://papers.example.org paperworks digest send`;
