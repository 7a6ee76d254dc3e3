import type { Command } from "commander";
import { type CommandContext, loadPaper } from "./context.ts";

export function addShow(program: Command, { papers, terminal: { stdout } }: CommandContext): void {
  program
    .command("show")
    .description("show what a paper says, its claims and its settings")
    .argument("<slug>", "a paper of the list, or your own file")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  paperworks show aaren\n  paperworks show ./my-experiment.ts")
    .action(async (slug: string, { json }: { json?: boolean }) => {
      const paper = await loadPaper(papers, slug);
      if (json) return stdout.line(JSON.stringify(paper, undefined, 2));
      const { printPaper } = await import("../show.ts");
      printPaper(stdout, paper, slug);
    });
}
