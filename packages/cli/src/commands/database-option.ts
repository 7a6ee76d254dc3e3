import type { Command } from "commander";
import { wholeNumber } from "../flags.ts";
import { budgetOptions, machineOptions } from "./context.ts";

/** The option of every command that uses the database. */
export function databaseOption(command: Command): Command {
  return command.option("--database <dir>", "the database's folder (else DATABASE_URL, else .paperworks/db)");
}

/** Options of commands that work on jobs. */
export function workOptions(command: Command): Command {
  return budgetOptions(machineOptions(databaseOption(command)))
    .option("--jobs <n>", "jobs at a time", wholeNumber(1), 1)
    .option("--runs <dir>", "the folder of run folders", "runs");
}
