import type { Command } from "commander";
import type { CompareFlags } from "../compare.ts";
import type { CommandContext } from "./context.ts";

export function addCompare(program: Command, { terminal }: CommandContext): void {
  program
    .command("compare")
    .description("show two runs side by side: what differs, claims, measurements, cost")
    .argument("<first>", "a run's id or folder, a file of results, or the slug of a reproduced paper")
    .argument("<second>", "the same")
    .option("--out <file>", "also write a page with the curves of both")
    .option("--runs <dir>", "the folder of run folders", "runs")
    .option("--results <dir>", "the folder of results", "results")
    .option("--json", "print JSON")
    .addHelpText("after", examples)
    .action(async (first: string, second: string, flags: CompareFlags) => {
      const { compareOnTerminal } = await import("../compare.ts");
      await compareOnTerminal([first, second], flags, terminal);
    });
}

const examples = `
Examples:
  paperworks compare aaren-full-20261124-131258 aaren-full-20261125-090000 --out compare.html
  paperworks compare aaren runs/my-aaren
  paperworks compare results/aaren.json ../before/results/aaren.json --json`;
