/**
 * Peak memory as `cost` counts it beside what a process takes: `node bench/src/memory.ts [CASE …]`.
 *
 * Each case runs in a child process. A step of a small batch comes first, so that the runtime is loaded and a program of
 * this graph has been made; then the growth of the resident high-water mark over a step of 2 and one of the whole batch.
 * Their difference leaves out what a program costs whatever its batch, and is compared with that of the counted peaks.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Prepared } from "./prepared.ts";

interface Growth {
  counted: number;
  resident: number;
}

async function growthOf(name: string): Promise<Growth> {
  const file = new URL(`cases/${name}/paperworks.ts`, import.meta.url).href;
  const { prepare }: { prepare: (batch?: number) => Promise<Prepared> } = await import(file);
  const measure = async (batch?: number): Promise<Growth> => {
    const { step, cost } = await prepare(batch);
    const before = process.memoryUsage.rss();
    await step();
    await step();
    return { counted: cost?.peakBytes ?? 0, resident: process.resourceUsage().maxRSS * 1024 - before };
  };
  await measure(1);
  const small = await measure(2);
  const whole = await measure();
  return { counted: whole.counted - small.counted, resident: whole.resident - small.resident };
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { child: { type: "boolean", default: false } },
});
if (values.child) {
  console.log(JSON.stringify(await growthOf(positionals[0])));
} else {
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1).padStart(12);
  console.log(`${"case".padEnd(20)}  counted MB resident MB  resident ÷ counted`);
  for (const name of positionals.length > 0 ? positionals : ["char-transformer", "depthwise-net", "lstm", "resnet-8"]) {
    const args = ["--no-warnings", fileURLToPath(import.meta.url), name, "--child"];
    const { counted, resident }: Growth = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
    const ratio = (resident / counted).toFixed(2).padStart(12);
    console.log(`${name.padEnd(20)}${megabytes(counted)}${megabytes(resident)}${ratio}`);
  }
}
