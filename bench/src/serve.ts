/**
 * Serves one step: `node serve.ts FILE`. Says `{ parameters, macs, note }` when ready; answers each line with a number of steps
 * on its standard input with `{ ms, losses, rss }` of those steps. The protocol of `served.ts`.
 */
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import type { Prepare } from "./prepared.ts";

const say = (message: object): void => {
  process.stdout.write(`${JSON.stringify(message)}\n`);
};

try {
  const { prepare }: { prepare: Prepare } = await import(pathToFileURL(process.argv[2]).href);
  const { parameters, cost, note, step, stepsACall = 1 } = await prepare();
  say({ parameters, macs: cost?.macs, note });
  for await (const line of createInterface({ input: process.stdin })) {
    const [ms, losses]: [number[], number[]] = [[], []];
    for (let i = 0; i < Number(line); i++) {
      const start = performance.now();
      losses.push(await step());
      ms.push((performance.now() - start) / stepsACall);
    }
    say({ ms, losses, rss: process.memoryUsage.rss() });
  }
  process.exit(0);
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
}
