import type { Command } from "commander";
import { alignColumns } from "../terminal.ts";
import type { CommandContext } from "./context.ts";

export function addList(program: Command, { papers, terminal: { stdout } }: CommandContext): void {
  program
    .command("list")
    .description("list the papers")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  paperworks list --json")
    .action(({ json }: { json?: boolean }) => {
      const entries = papers.map(({ slug, family, year, title }) => ({ slug, family, year, title }));
      if (json) return stdout.line(JSON.stringify(entries, undefined, 2));
      const rows = entries.map(({ slug, family, year, title }) => [slug, family, String(year), title]);
      for (const row of alignColumns([["PAPER", "FAMILY", "YEAR", "TITLE"], ...rows])) stdout.line(row);
    });
}
