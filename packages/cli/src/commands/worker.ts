import type { Command } from "commander";
import type { WorkerFlags } from "../queue/worker.ts";
import type { CommandContext } from "./context.ts";
import { workOptions } from "./database-option.ts";

export function addWorker(program: Command, context: CommandContext): void {
  const command = program.command("worker").description("take jobs from the queue and run them, until it is stopped");
  workOptions(command)
    .option("--once", "end when no job waits (always so without a DATABASE_URL)")
    .option("--json", "print a line of JSON for each thing that happens to a job")
    .addHelpText("after", examples)
    .action(async (flags: WorkerFlags) => (await import("../queue/worker.ts")).runWorker(flags, context));
}

const examples = `
Examples:
  paperworks worker --once
  DATABASE_URL=postgres://lab@host/paperworks paperworks worker --jobs 2`;
