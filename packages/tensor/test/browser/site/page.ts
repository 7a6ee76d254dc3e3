import type { Answer, Request } from "./worker.ts";

/** Runs a request in a worker of its own, which is ended with its answer. */
function run(request: Request): Promise<Answer> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<Answer>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = (event) => reject(new Error(`the worker failed: ${event.message}`));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

Object.assign(globalThis, { run });
