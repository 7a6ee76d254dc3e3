/**
 * Writes the README's table of measured verdicts from `results/`: `npm run readme`. With `--check` it writes nothing and
 * ends with 1 when the README is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readReproductions } from "../packages/lab/src/reproduction.ts";
import { withResultsTable } from "../packages/lab/src/results-table.ts";

const readmePath = new URL("../README.md", import.meta.url);
const resultsPath = fileURLToPath(new URL("../results", import.meta.url));

const readme = readFileSync(readmePath, "utf8");
const current = withResultsTable(readme, readReproductions(resultsPath));
if (process.argv.includes("--check")) {
  if (readme !== current) {
    console.error("The table in README.md is stale: run `npm run readme`.");
    process.exitCode = 1;
  }
} else if (readme !== current) {
  writeFileSync(readmePath, current);
}
