import type { Command } from "commander";
import type { ImportFlags, ListFlags } from "../site/papers.ts";
import type { CommandContext } from "./context.ts";
import { databaseOption } from "./database-option.ts";

export function addPapers(program: Command, { terminal: { stdout } }: CommandContext): void {
  const papers = program.command("papers").description("the list of papers that the site shows");
  databaseOption(papers.command("list", { isDefault: true }).description("list the papers, the newest first"))
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  paperworks papers list --json")
    .action(async (flags: ListFlags) => (await import("../site/papers.ts")).listPapers(stdout, flags));
  databaseOption(papers.command("import").description("add a paper of arXiv, or all of a feed file, to the list"))
    .argument("<arxiv-id-or-feed-file>")
    .option("--from <url>", "an interface that speaks arXiv's language, in place of arXiv's own")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  paperworks papers import 2312.06635\n  paperworks papers import feed.xml")
    .action(async (what: string, flags: ImportFlags) =>
      (await import("../site/papers.ts")).importFromArxiv(stdout, what, flags),
    );
}
