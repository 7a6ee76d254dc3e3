import { type Command, Option } from "commander";
import { collectSetting, type RunFlags, wholeNumber } from "../flags.ts";
import { type CommandContext, loadPaper, machineOptions } from "./context.ts";

export function addRun(program: Command, { papers, terminal, end }: CommandContext): void {
  const command = program
    .command("run")
    .description("run a paper's experiment and judge its claims")
    .argument("<slug>")
    .addOption(new Option("--quick", "seconds of work on the same path; judges nothing").conflicts("full"))
    .addOption(new Option("--full", "everything the paper's card names (the default)"))
    .option("--seed <n>", "the first seed", wholeNumber(0))
    .option("--seeds <n>", "seeds of every replicate, in place of the card's", wholeNumber(1))
    .option("--set <name=value>", "change a setting (again for more)", collectSetting)
    .option("--json", "print the result as JSON, and nothing else, on standard output");
  machineOptions(command)
    .option("--out <dir>", "the run folder; one with an unfinished run of the same settings is gone on with")
    .addHelpText("after", "\nExample:\n  paperworks run gradient-noise --seeds 2 --set eta=0.1 --out runs/eta")
    .action(async (slug: string, flags: RunFlags) => {
      const paper = await loadPaper(papers, slug);
      const [{ runOnTerminal }, { runPaper }] = await Promise.all([import("../run.ts"), import("@paperworks/lab")]);
      end((await runOnTerminal(paper, flags, { ...terminal, run: (options) => runPaper(paper, options) })).code);
    });
}
