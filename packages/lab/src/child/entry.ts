/** The process of one run: waits to be told which, runs it, and tells the parent what happens. */
import type { FromChild, ToChild } from "./messages.ts";

const controller = new AbortController();
const stop = () => controller.abort();
// Ctrl-C reaches every process of the terminal. The run stops by itself and keeps what it has.
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
// Without a parent nobody keeps to the budgets. What was kept last is on the disk.
process.on("disconnect", () => process.exit(1));
process.on("message", (message: ToChild) => {
  if (message.type === "stop") stop();
  else void run(message);
});
if (process.platform !== "linux") {
  setInterval(() => tell({ type: "memory", bytes: process.memoryUsage.rss() }), 200).unref();
}

async function run({ source, request }: Extract<ToChild, { type: "run" }>): Promise<void> {
  try {
    const [{ loadPaper }, { runPaper }] = await Promise.all([import("../paper-source.ts"), import("../run-paper.ts")]);
    const paper = await loadPaper(source);
    await runPaper(paper, {
      ...request,
      signal: controller.signal,
      onEvent: (event) => tell({ type: "event", event }),
    });
    tell({ type: "ended" }, () => process.exit(0));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const { name, message, stack = null } = error;
    tell({ type: "refused", name, message, stack }, () => process.exit(1));
  }
}

function tell(message: FromChild, told: () => void = () => {}): void {
  process.send?.(message, undefined, undefined, told);
}
