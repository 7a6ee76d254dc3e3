/** A worker with the fixture paper alone, as a process of its own: it tells what it does, one line of JSON each. */
import { fileURLToPath } from "node:url";
import { JobQueue, openDatabase, work } from "../src/queue/index.ts";

const [url, runs] = process.argv.slice(2);
const database = await openDatabase({ url });
const queue = await JobQueue.open(database, { heartbeatSeconds: 10, supervise: true });
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
tell({ type: "ready" });
await work(queue, {
  runs,
  papers: () => ({ file: fileURLToPath(new URL("../src/fixture-paper.ts", import.meta.url)) }),
  signal: stop.signal,
  onEvent(event) {
    if (event.type === "trouble") tell({ type: event.type, message: event.error.message });
    else if (event.type === "event") tell({ type: event.event.type, job: event.claim.id });
    else tell({ type: event.type, job: event.claim.id });
  },
});
await queue.close();
await database.close();
