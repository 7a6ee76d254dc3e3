import { Argument, type Command } from "commander";
import type { Shell } from "../completion.ts";
import type { CommandContext } from "./context.ts";

export function addCompletion(program: Command, { papers, terminal: { stdout } }: CommandContext): void {
  program
    .command("completion")
    .description("print what makes a shell complete commands, options and papers")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"] satisfies Shell[]))
    .addHelpText("after", examples)
    .action(async (shell: Shell) => {
      const { completionScript } = await import("../completion.ts");
      const slugs = papers.map(({ slug, title }) => ({ text: slug, description: title }));
      const families = [...new Set(papers.map(({ family }) => family))].sort();
      stdout.stream.write(completionScript(shell, program, { slugs, families }));
    });
}

const examples = `
Examples:
  eval "$(paperworks completion bash)"      in ~/.bashrc
  eval "$(paperworks completion zsh)"       in ~/.zshrc, below compinit
  paperworks completion fish > ~/.config/fish/completions/paperworks.fish`;
