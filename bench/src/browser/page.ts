import type { Answer, Request } from "./worker.ts";

/** Times a case in a worker of its own, which is ended with its answer. */
function time(request: Request): Promise<Answer> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  return new Promise<Answer>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`the worker failed: ${message}`));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

Object.assign(globalThis, { time });
