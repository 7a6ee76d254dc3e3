import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import { findPaper, isPaperFile, type ListedPaper, openPaper } from "../find-paper.ts";
import { wholeNumber } from "../flags.ts";
import { suggestion } from "../nearest.ts";
import type { ReproduceFlags } from "../reproduce.ts";
import { budgetOptions, type CommandContext, machineOptions } from "./context.ts";

export function addReproduce(program: Command, { papers, terminal, end, sources }: CommandContext): void {
  const command = program
    .command("reproduce")
    .description("run papers in full with the seeds of their cards, and keep results/<slug>.json")
    .argument("[slugs...]", "papers of the list, or your own files")
    .option("--family <name>", "all papers of a family")
    .option("--all", "all papers")
    .option("--jobs <n>", "papers at once; their timings are then taken beside each other", wholeNumber(1), 1)
    .option("--results <dir>", "the folder of results", "results");
  budgetOptions(machineOptions(command))
    .option("--force", "also run again what is done with these sources, data and device")
    .option("--json", "print the results as JSON, and nothing else, on standard output")
    .addHelpText("after", examples)
    .action(async (slugs: string[], flags: ReproduceFlags) => {
      const names = chosen(papers, slugs, flags);
      const found = await Promise.all(names.map((name) => openPaper(papers, name)));
      const { reproduceOnTerminal } = await import("../reproduce.ts");
      end(await reproduceOnTerminal(found, flags, { ...terminal, sources }));
    });
}

/**
 * The papers that are meant, each once, in the order given.
 * @throws UsageError for none, for an unknown family or slug, and for more than one way of choosing
 */
function chosen(
  papers: readonly ListedPaper[],
  slugs: readonly string[],
  { family, all }: Pick<ReproduceFlags, "family" | "all">,
): string[] {
  const ways = [slugs.length > 0, family !== undefined, all === true].filter(Boolean).length;
  if (ways !== 1) throw new UsageError("name the papers, or give --family or --all; one of these");
  if (all) return papers.map(({ slug }) => slug);
  if (family === undefined) {
    for (const slug of slugs) if (!isPaperFile(slug)) findPaper(papers, slug);
    return [...new Set(slugs)];
  }
  const members = papers.filter((paper) => paper.family === family);
  if (members.length > 0) return members.map(({ slug }) => slug);
  const families = [...new Set(papers.map((paper) => paper.family))].sort();
  throw new UsageError(
    `no family is called "${family}"${suggestion(families, family)} (there are ${families.join(", ")})`,
  );
}

const examples = `
Examples:
  paperworks reproduce aaren dgmlp
  paperworks reproduce --family training --jobs 2
  paperworks reproduce --all --data ~/datasets --timeout 1h

What is done with the same sources, data and device is not run again, and a run that was stopped is gone on with.`;
