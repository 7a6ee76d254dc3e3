/**
 * How long `paperworks list` takes from its start to its end, in processes of its own beside an empty one:
 *
 *   node bench/src/start-up.ts [--runs N] [--json]
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./statistics.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "20" }, json: { type: "boolean" } } });
const runs = Number(values.runs);
if (!Number.isSafeInteger(runs) || runs < 1)
  throw new RangeError(`--runs takes a whole number of 1 or more, not ${values.runs}`);

const command = fileURLToPath(new URL("../../packages/cli/bin/paperworks.js", import.meta.url));
const cases = {
  "node -e 0": ["-e", "0"],
  "paperworks list": [command, "list"],
  "paperworks --help": [command, "--help"],
};

/** Milliseconds from the start of a process to its end. */
function timeOf(name: string, args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const took = performance.now() - started;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return took;
}

const times = Object.fromEntries(Object.keys(cases).map((name) => [name, [] as number[]]));
for (const [name, args] of Object.entries(cases)) timeOf(name, args);
// In turns, so that what else the machine does meets all alike.
for (let run = 0; run < runs; run++) {
  for (const [name, args] of Object.entries(cases)) times[name].push(timeOf(name, args));
}

const rows = Object.entries(times).map(([name, of]) => ({
  name,
  median: median(of),
  low: Math.min(...of),
  high: Math.max(...of),
}));
if (values.json) console.log(JSON.stringify({ runs, node: process.versions.node, rows }, undefined, 2));
else {
  console.log(`milliseconds, ${runs} runs each, Node ${process.versions.node}`);
  for (const { name, median, low, high } of rows) {
    console.log(`${name.padEnd(18)} ${median.toFixed(0).padStart(5)}  (${low.toFixed(0)} … ${high.toFixed(0)})`);
  }
}
