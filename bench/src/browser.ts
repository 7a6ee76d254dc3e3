/**
 * Times training steps in Chromium, ours and those of jax-js in turn on one page, both in WebAssembly in a worker:
 * `node bench/src/browser.ts [--rounds N] [--seconds S]`. The browser is the one CHROMIUM names, or one in a usual place.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build, type Rollup } from "vite";
import { serve } from "../../packages/tensor/test/browser/serve.ts";
import { browserPath, noBrowser, startBrowser } from "../../scripts/chromium.ts";
import type { Answer, Request } from "./browser/worker.ts";
import { median } from "./statistics.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "2" } },
});
if (!browserPath) {
  console.error(noBrowser);
  process.exit(2);
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { output } = (await build({
  root: here("browser/"),
  configFile: false,
  logLevel: "error",
  worker: { format: "es", plugins: () => [peersOfTheBrowser()] },
  build: { write: false, target: "esnext" },
})) as Rollup.RollupOutput;

/** The cases ask `peers.ts` for the number of threads, which asks Node. */
function peersOfTheBrowser() {
  return {
    name: "peers-of-the-browser",
    enforce: "pre" as const,
    resolveId: (id: string, importer?: string) =>
      importer && resolve(importer, "..", id) === here("peers.ts") ? here("browser/peers.ts") : undefined,
  };
}

const served = await serve(
  new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source])),
);
const browser = await startBrowser();
try {
  const page = await browser.newPage();
  await page.goto(served.url);
  await page.waitForFunction("globalThis.time");
  const time = async (name: string, library: string) => {
    const request: Request = { name, library, forMs: 1000 * Number(values.seconds) };
    const answer = await page.evaluate(
      (r) => (globalThis as unknown as { time(r: Request): Promise<Answer> }).time(r),
      request,
    );
    if ("error" in answer) throw new Error(`${library}, ${name}: ${answer.error}`);
    return { ms: median(answer.ms), parameters: answer.parameters };
  };
  console.log("case              ours ms   jax-js ms   ratio     low    high");
  for (const name of ["mnist-mlp", "char-transformer"]) {
    const rounds: { ours: number; peer: number }[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      const [ours, peer] = [await time(name, "paperworks"), await time(name, "jax-js")];
      if (ours.parameters !== peer.parameters)
        throw new Error(`${name}: ${ours.parameters} parameters and ${peer.parameters}`);
      rounds.push({ ours: ours.ms, peer: peer.ms });
    }
    const ratios = rounds.map(({ ours, peer }) => peer / ours);
    const numbers = [
      median(rounds.map(({ ours }) => ours))
        .toFixed(2)
        .padStart(9),
      median(rounds.map(({ peer }) => peer))
        .toFixed(2)
        .padStart(12),
      ...[median(ratios), Math.min(...ratios), Math.max(...ratios)].map((r) => r.toFixed(2).padStart(8)),
    ];
    console.log(name.padEnd(16) + numbers.join(""));
  }
} finally {
  await browser.close();
  await served.close();
}
