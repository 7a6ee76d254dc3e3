/** The worker of a run in the visitor's browser: the same experiment as the command's, with the engine on WebAssembly or WebGPU. */
import { DataSource, memoryFinder } from "@paperworks/data";
import { runExperiment } from "@paperworks/experiment";
import { papers } from "@paperworks/papers";
import { configure } from "@paperworks/tensor";
import { Control, type FromWorker, type RunRequest, type ToWorker } from "./messages.ts";
import { siteFiles } from "./site-files.ts";

const controller = new AbortController();
const tell = (message: FromWorker): void => self.postMessage(message);

self.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === "stop") controller.abort();
  else void run(data.request, data.control);
});

async function run(request: RunRequest, control: Int32Array | undefined): Promise<void> {
  try {
    const entry = papers.find(({ slug }) => slug === request.slug);
    if (entry === undefined) throw new RangeError(`no paper called "${request.slug}" runs here`);
    const { default: paper } = await entry.load();
    configure({ device: request.device });
    const { slug: _, device, files, ...options } = request;
    await runExperiment(
      paper,
      {
        ...options,
        // Without files every experiment falls back to its generator, and says so.
        data: new DataSource(files ? siteFiles : memoryFinder({})),
        signal: controller.signal,
        machine: { runtime: `${device} in a browser`, userAgent: navigator.userAgent },
      },
      (event) => {
        // A model's bytes stay here: the page shows what came of a run, and does not keep it.
        if (event.type !== "model") tell({ type: "event", event });
        if (control) heed(control);
      },
    );
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    tell({ type: "refused", name, message });
  }
}

/** Waits while the page has the run paused, and stops it where the page says so. */
function heed(control: Int32Array): void {
  while (Atomics.load(control, 0) === Control.pause) Atomics.wait(control, 0, Control.pause);
  if (Atomics.load(control, 0) === Control.stop) controller.abort();
}
