import type { Command } from "commander";
import type { CommandContext } from "./context.ts";

export function addNew(program: Command, { terminal: { stdout } }: CommandContext): void {
  program
    .command("new")
    .description("write a commented experiment file to begin with")
    .argument("<name>", "lower-case words joined by -; the file is <name>.ts, or .mts in a CommonJS package")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  paperworks new my-experiment\n  paperworks run ./my-experiment.ts --quick")
    .action(async (name: string, flags: { json?: boolean }) => {
      const { writeStarter } = await import("../new-experiment.ts");
      writeStarter(stdout, name, flags);
    });
}
