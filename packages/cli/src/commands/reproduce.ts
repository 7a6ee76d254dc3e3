import type { Command } from "commander";
import { openPaper } from "../find-paper.ts";
import { exitCodes, type RunFlags } from "../flags.ts";
import { type CommandContext, machineOptions } from "./context.ts";

export function addReproduce(program: Command, { papers, terminal, end }: CommandContext): void {
  const command = program
    .command("reproduce")
    .description("run papers in full with the seeds of their cards, and keep results/<slug>.json")
    .argument("<slugs...>");
  machineOptions(command)
    .option("--json", "print the results as JSON, and nothing else, on standard output")
    .action(async (slugs: string[], flags: RunFlags) => {
      const found = await Promise.all(slugs.map((slug) => openPaper(papers, slug)));
      const [{ runOnTerminal }, { reproduce }] = await Promise.all([import("../run.ts"), import("@paperworks/lab")]);
      for (const { paper } of found) {
        let kept: string | undefined;
        const { code } = await runOnTerminal(paper, flags, {
          ...terminal,
          async run({ mode: _mode, seed: _seed, seeds: _seeds, settings: _settings, ...options }) {
            const { file, ...run } = await reproduce(paper, options);
            kept = file;
            return run;
          },
        });
        end(code);
        if (kept !== undefined && !flags.json) terminal.stdout.line(`Kept in ${kept}.`);
        if (code === exitCodes.interrupted) return;
      }
    });
}
