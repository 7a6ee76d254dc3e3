import { fileURLToPath } from "node:url";
import { ours } from "./peers.ts";
import { Served } from "./served.ts";

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Growth of resident memory in MB over so many steps of the MLP, after as many as the heap takes to find its size. */
export async function growthInMegabytes(steps = 10_000, warmup = 10_000): Promise<number> {
  const served = new Served(ours, fileOf("cases/mnist-mlp/paperworks.ts"));
  try {
    await served.ready();
    const before = await served.run(warmup);
    const after = await served.run(steps);
    return ((after.rss ?? Number.NaN) - (before.rss ?? Number.NaN)) / 2 ** 20;
  } finally {
    served.end();
  }
}

/** The first step of a training graph of about 1,500 nodes: recorded, differentiated, compiled and run, in a fresh process. */
export async function compileSeconds(): Promise<{ seconds: number; nodes: string }> {
  const served = new Served(ours, fileOf("rates/compile.ts"));
  try {
    const { note = "" } = await served.ready();
    const { ms } = await served.run(1);
    return { seconds: ms[0] / 1000, nodes: note };
  } finally {
    served.end();
  }
}
