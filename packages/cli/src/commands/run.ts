import { type Command, Option } from "commander";
import { openPaper } from "../find-paper.ts";
import { collectSetting, type RunFlags, wholeNumber } from "../flags.ts";
import { budgetOptions, type CommandContext, machineOptions } from "./context.ts";

export function addRun(program: Command, { papers, terminal, end }: CommandContext): void {
  const command = program
    .command("run")
    .description("run a paper's experiment and judge its claims")
    .argument("<slug>", "a paper of the list, or your own file such as ./my-experiment.ts")
    .addOption(new Option("--quick", "seconds of work on the same path; judges nothing").conflicts("full"))
    .addOption(new Option("--full", "everything the paper's card names (the default)"))
    .option("--seed <n>", "the first seed", wholeNumber(0))
    .option("--seeds <n>", "seeds of every replicate, in place of the card's", wholeNumber(1))
    .option("--set <name=value>", "change a setting (again for more)", collectSetting)
    .option("--json", "print the result as JSON, and nothing else, on standard output");
  budgetOptions(machineOptions(command))
    .option("--out <dir>", "the run folder; one with an unfinished run of the same settings is gone on with")
    .option("--force", "start anew in a folder that holds a run")
    .option("--tensorboard", "also write TensorBoard event files into the run folder")
    .addHelpText("after", examples)
    .action(async (slug: string, flags: RunFlags) => {
      const { paper, source } = await openPaper(papers, slug);
      const [{ runOnTerminal }, { runPaperInChild }] = await Promise.all([
        import("../run.ts"),
        import("@paperworks/lab/child/run-in-child"),
      ]);
      const run = await runOnTerminal(paper, flags, {
        ...terminal,
        run: (options) => runPaperInChild(source, options),
      });
      end(run.code);
    });
}

const examples = `
Examples:
  paperworks run gradient-noise --seeds 2 --set eta=0.1 --out runs/eta
  paperworks run aaren --timeout 10m --memory 4gb --tensorboard
  paperworks run ./my-experiment.ts --quick`;
