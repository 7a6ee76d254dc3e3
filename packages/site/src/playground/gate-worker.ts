/** The worker of the gate map: a small model of characters that is trained here, and its gates on what the reader types. */
import { DataSource, memoryFinder } from "@paperworks/data";
import type { TaskRun } from "@paperworks/experiment";
import { gateReader } from "@paperworks/papers/attention/gla/gates-of-text";
import { languageModel } from "@paperworks/papers/attention/gla/models";
import { trainLanguageModel } from "@paperworks/papers/attention/gla/training";
import { languageData, spell } from "@paperworks/papers/attention/language-data";
import { configure, manualSeed } from "@paperworks/tensor";
import { type FromGateWorker, mostCharacters, type ToGateWorker, trainingSteps } from "./gate-messages.ts";

const plan = { length: 64, batch: 8, steps: trainingSteps, learningRate: 3e-3, testWindows: 16 };
/** The least time between two maps of a model in training. */
const redrawMilliseconds = 250;

/** What the reader wants, by the last messages. */
const wish: { text: string | undefined; training: boolean } = { text: undefined, training: false };
let hear: () => void = () => {};
const nextMessage = () =>
  new Promise<void>((resolve) => {
    hear = resolve;
  });

self.addEventListener("message", ({ data }: MessageEvent<ToGateWorker>) => {
  if (data.type === "text") wish.text = data.text;
  else wish.training = data.type === "train";
  hear();
});

const tell = (message: FromGateWorker): void => self.postMessage(message);

/** Draws and trains by turns: one program at a time runs here. */
async function study(): Promise<void> {
  configure({ device: "wasm" });
  manualSeed(0);
  const data = await languageData(new DataSource(memoryFinder({})), 0);
  const model = languageModel("GLA", { vocabulary: data.symbols.length, dim: 64, heads: 4, depth: 2 });
  const read = gateReader(model, mostCharacters);
  let drawn: { text: string; at: number } | undefined;

  async function draw(): Promise<void> {
    const { text } = wish;
    if (text === undefined || text === drawn?.text) return;
    const { tokens, unknown } = spell(text, data.symbols);
    const gates = await read(tokens);
    tell({ type: "gates", characters: Array.from(tokens, (token) => data.symbols[token]), unknown, gates });
    drawn = { text, at: performance.now() };
  }

  async function rest(): Promise<void> {
    await draw();
    while (!wish.training) {
      await nextMessage();
      await draw();
    }
  }

  for (let round = 0; ; round++) {
    await rest();
    const run: TaskRun = {
      seed: round,
      signal: new AbortController().signal,
      restored: undefined,
      async progress({ step, loss }) {
        tell({ type: "step", step: round * trainingSteps + step, loss: loss as number });
        // Lets messages in.
        await new Promise((resolve) => setTimeout(resolve, 0));
        if (!wish.training || performance.now() - (drawn?.at ?? 0) > redrawMilliseconds) drawn = undefined;
        await rest();
      },
      checkpoint: async () => false,
    };
    const { loss } = await trainLanguageModel(model, data, plan, run);
    wish.training = false;
    drawn = undefined;
    tell({ type: "trained", testLoss: loss });
  }
}

study().catch(({ message }: Error) => tell({ type: "failed", message }));
