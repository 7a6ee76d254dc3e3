import type { Prepare } from "../prepared.ts";

/** Each in a chunk of its own, so that a worker loads one library. */
const cases: Record<string, Record<string, () => Promise<{ prepare: Prepare }>>> = {
  "mnist-mlp": {
    paperworks: () => import("../cases/mnist-mlp/paperworks.ts"),
    "jax-js": () => import("../cases/mnist-mlp/jax-js.ts"),
  },
  "char-transformer": {
    paperworks: () => import("../cases/char-transformer/paperworks.ts"),
    "jax-js": () => import("../cases/char-transformer/jax-js.ts"),
  },
};

export interface Request {
  name: string;
  library: string;
  /** Milliseconds to fill with steps after five of warm-up. */
  forMs: number;
}

export type Answer = { ms: number[]; parameters: number } | { error: string };

async function time({ name, library, forMs }: Request): Promise<Answer> {
  const { prepare } = await cases[name][library]();
  const { parameters, step } = await prepare();
  for (let i = 0; i < 5; i++) await step();
  const ms: number[] = [];
  for (let total = 0; total < forMs || ms.length < 3; total += ms.at(-1) as number) {
    const start = performance.now();
    await step();
    ms.push(performance.now() - start);
  }
  return { ms, parameters };
}

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  postMessage(await time(data).catch((error: Error) => ({ error: error.message })));
});
