import { readFileSync } from "node:fs";
import type { Paper } from "@paperworks/experiment";
import type { PaperEntry } from "@paperworks/papers";
import { Command, CommanderError, Option } from "commander";
import { isInputError, oneLine } from "./errors.ts";
import { findPaper } from "./find-paper.ts";
import { collectSetting, deviceNames, exitCodes, type RunFlags, wholeNumber } from "./flags.ts";
import { alignColumns, type Output, outputTo } from "./terminal.ts";

interface Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * Runs one command line and returns its exit code: 0 done, 1 a judged claim was missed or inconclusive or the run
 * failed, 2 bad usage or input (one line on standard error says what), 130 interrupted. What a command needs is loaded
 * when it runs, so that `list` starts fast.
 */
export async function runCommand(argv: readonly string[], papers: readonly PaperEntry[]): Promise<number> {
  const terminal = { stdout: outputTo(process.stdout), stderr: outputTo(process.stderr) };
  let code: number = exitCodes.success;
  const program = buildProgram(papers, terminal, (ended) => {
    code = Math.max(code, ended);
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.badInput;
    if (!(error instanceof Error) || !isInputError(error)) throw error;
    terminal.stderr.line(`error: ${oneLine(error.message)}`);
    return exitCodes.badInput;
  }
}

function buildProgram(papers: readonly PaperEntry[], terminal: Terminal, end: (code: number) => void): Command {
  const program = new Command("paperworks")
    .description("Neural-network papers that run: a method, an experiment and a verdict for each.")
    .version(packageVersion(), "--version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) })
    .showSuggestionAfterError()
    .addHelpText("after", "\nExamples:\n  paperworks list\n  paperworks run gradient-noise --quick\n  paperworks data");
  addList(program, papers, terminal);
  addShow(program, papers, terminal);
  addRun(program, papers, terminal, end);
  addReproduce(program, papers, terminal, end);
  addDemo(program, papers, terminal, end);
  addData(program, terminal);
  return program;
}

function addList(program: Command, papers: readonly PaperEntry[], { stdout }: Terminal): void {
  program
    .command("list")
    .description("list the papers")
    .option("--json", "print JSON")
    .action(({ json }: { json?: boolean }) => {
      const entries = papers.map(({ slug, family, year, title }) => ({ slug, family, year, title }));
      if (json) return stdout.line(JSON.stringify(entries, undefined, 2));
      const rows = entries.map(({ slug, family, year, title }) => [slug, family, String(year), title]);
      for (const row of alignColumns([["PAPER", "FAMILY", "YEAR", "TITLE"], ...rows])) stdout.line(row);
    });
}

function addShow(program: Command, papers: readonly PaperEntry[], { stdout }: Terminal): void {
  program
    .command("show")
    .description("show what a paper says, its claims and its settings")
    .argument("<slug>")
    .option("--json", "print JSON")
    .action(async (slug: string, { json }: { json?: boolean }) => {
      const paper = await load(papers, slug);
      if (json) return stdout.line(JSON.stringify(paper, undefined, 2));
      const { printPaper } = await import("./show.ts");
      printPaper(stdout, paper);
    });
}

function addRun(
  program: Command,
  papers: readonly PaperEntry[],
  terminal: Terminal,
  end: (code: number) => void,
): void {
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
      const paper = await load(papers, slug);
      const [{ runOnTerminal }, { runPaper }] = await Promise.all([import("./run.ts"), import("@paperworks/lab")]);
      end((await runOnTerminal(paper, flags, { ...terminal, run: (options) => runPaper(paper, options) })).code);
    });
}

function addReproduce(
  program: Command,
  papers: readonly PaperEntry[],
  terminal: Terminal,
  end: (code: number) => void,
): void {
  const command = program
    .command("reproduce")
    .description("run papers in full with the seeds of their cards, and keep results/<slug>.json")
    .argument("<slugs...>");
  machineOptions(command)
    .option("--json", "print the results as JSON, and nothing else, on standard output")
    .action(async (slugs: string[], flags: RunFlags) => {
      const entries = slugs.map((slug) => findPaper(papers, slug));
      const [{ runOnTerminal }, { reproduce }] = await Promise.all([import("./run.ts"), import("@paperworks/lab")]);
      for (const entry of entries) {
        const paper = await load(papers, entry.slug);
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

function addDemo(
  program: Command,
  papers: readonly PaperEntry[],
  terminal: Terminal,
  end: (code: number) => void,
): void {
  const command = program
    .command("demo")
    .description("run one paper with one seed, and say how to see more")
    .argument("[slug]", "the paper", "gradient-noise");
  machineOptions(command).action(async (slug: string, flags: RunFlags) => {
    const paper = await load(papers, slug);
    const [{ runOnTerminal }, { runPaper }] = await Promise.all([import("./run.ts"), import("@paperworks/lab")]);
    const run = await runOnTerminal(
      paper,
      { ...flags, seeds: 1 },
      { ...terminal, run: (options) => runPaper(paper, options) },
    );
    if (run.result.status !== "finished") return end(run.code);
    const { stdout } = terminal;
    stdout.line();
    stdout.line("See more:");
    for (const row of alignColumns([
      ["  npx paperworks list", "all papers"],
      [`  npx paperworks show ${slug}`, "what this one says and claims"],
      [`  npx paperworks run ${slug}`, "the same with every seed of its card"],
      ["  npx paperworks --help", "everything else"],
    ])) {
      stdout.line(row);
    }
  });
}

function addData(program: Command, { stdout }: Terminal): void {
  const command = program
    .command("data")
    .description("list the datasets that are found, and where")
    .option("--data <dir>", "folder of real data (or PAPERWORKS_DATA)")
    .option("--json", "print JSON")
    .action(async (flags: { data?: string; json?: boolean }) => {
      const { listDatasets } = await import("./datasets.ts");
      await listDatasets(stdout, flags);
    });
  command
    .command("fetch")
    .description("download a published dataset into the cache, checked against its checksum")
    .argument("<name>")
    .action(async (name: string) => {
      const { fetchToCache } = await import("./datasets.ts");
      await fetchToCache(stdout, name);
    });
}

/** Options of every command that runs an experiment. */
function machineOptions(command: Command): Command {
  return command
    .option("--data <dir>", "folder of real data (or PAPERWORKS_DATA)")
    .addOption(new Option("--device <name>", "where programs run").choices(deviceNames))
    .option("--threads <n>", "threads of one program", wholeNumber(1));
}

async function load(papers: readonly PaperEntry[], slug: string): Promise<Paper> {
  return (await findPaper(papers, slug).load()).default;
}

function packageVersion(): string {
  return JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")).version;
}
