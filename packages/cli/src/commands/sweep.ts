import type { Command } from "commander";
import { Option } from "commander";
import { collectSetting, wholeNumber } from "../flags.ts";
import type { SweepFlags } from "../queue/sweep.ts";
import type { CommandContext } from "./context.ts";
import { workOptions } from "./database-option.ts";

export function addSweep(program: Command, context: CommandContext): void {
  const command = program
    .command("sweep")
    .description("run a paper over many settings: a table and a figure with a line a run")
    .argument("<slug>", "a paper of the list, or your own file such as ./my-experiment.ts")
    .option("--set <name=values>", "values such as lr=0.01,0.03, or a range such as lr=0.001..0.1", collectSetting)
    .option("--random <n>", "so many random points in place of every combination", wholeNumber(1))
    .option("--seed <n>", "the first seed of every run, and the seed of random points", wholeNumber(0))
    .option("--seeds <n>", "seeds of every replicate, in place of the card's", wholeNumber(1))
    .option("--quick", "quick runs, which judge nothing");
  workOptions(command)
    .option("--queue", "put the jobs into the queue and leave them to workers")
    .option("--out <dir>", "the folder of the table and figure (else sweeps/<slug>-<id>)")
    .addOption(new Option("--json", "print every point as JSON, and nothing else, on standard output").conflicts("csv"))
    .option("--csv", "print the table as CSV, and nothing else, on standard output")
    .addHelpText("after", examples)
    .action(async (slug: string, flags: SweepFlags) =>
      (await import("../queue/sweep.ts")).runSweep(slug, flags, context),
    );
}

const examples = `
A sweep that was stopped is gone on with by the same command; more --random points go on from fewer.

Examples:
  paperworks sweep gradient-noise --set eta=0.01,0.03 --set depth=10,20 --seeds 3
  paperworks sweep gradient-noise --set eta=0.001..0.1 --random 20 --seed 1 --quick`;
