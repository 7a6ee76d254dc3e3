import type { Command } from "commander";
import type { CommandContext } from "./context.ts";

export function addData(program: Command, { terminal: { stdout } }: CommandContext): void {
  const command = program
    .command("data")
    .description("list the datasets that are found, and where")
    .option("--data <dir>", "folder of real data (or PAPERWORKS_DATA)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExamples:\n  paperworks data --data ~/datasets\n  paperworks data fetch wikitext2")
    .action(async (flags: { data?: string; json?: boolean }) => {
      const { listDatasets } = await import("../datasets.ts");
      await listDatasets(stdout, flags);
    });
  command
    .command("fetch")
    .description("download a published dataset into the cache, checked against its checksum")
    .argument("<name>")
    .addHelpText("after", "\nExample:\n  paperworks data fetch tinyshakespeare")
    .option("--json", "print the files as JSON")
    .action(async (name: string, _flags: unknown, fetch: Command) => {
      const { fetchToCache } = await import("../datasets.ts");
      // The flag belongs to `data` as well, which takes it when it stands before `fetch`, and also behind it.
      await fetchToCache(stdout, name, { json: fetch.optsWithGlobals<{ json?: boolean }>().json });
    });
}
