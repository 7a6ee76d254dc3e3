import type { Command } from "commander";
import { openPaper } from "../find-paper.ts";
import type { RunFlags } from "../flags.ts";
import { alignColumns } from "../terminal.ts";
import { type CommandContext, machineOptions } from "./context.ts";

export function addDemo(program: Command, { papers, terminal, end }: CommandContext): void {
  const command = program
    .command("demo")
    .description("run one paper with one seed, and say how to see more")
    .argument("[slug]", "the paper", "gradient-noise")
    .option("--json", "print the result as JSON, and nothing else, on standard output");
  command.addHelpText("after", "\nExample:\n  paperworks demo aaren");
  machineOptions(command).action(async (slug: string, flags: RunFlags) => {
    const { paper, source } = await openPaper(papers, slug);
    const [{ runOnTerminal }, { runPaperInChild }] = await Promise.all([
      import("../run.ts"),
      import("@paperworks/lab/child/run-in-child"),
    ]);
    const run = await runOnTerminal(
      paper,
      { ...flags, seeds: 1 },
      { ...terminal, run: (options) => runPaperInChild(source, options) },
    );
    if (flags.json || run.result.status !== "finished") return end(run.code);
    const { stdout } = terminal;
    stdout.line();
    stdout.line("See more:");
    for (const row of alignColumns([
      ["  npx paperworks list", "all papers"],
      [`  npx paperworks show ${slug}`, "what this one says and claims"],
      [`  npx paperworks run ${slug}`, "the same with every seed of its card"],
      ["  npx paperworks serve", "the site: all papers, their results and runs"],
      ["  npx paperworks --help", "everything else"],
    ])) {
      stdout.line(row);
    }
  });
}
