import { DataFormatError } from "@paperworks/data";
import { atLeast, claim, definePaper, type ExperimentContext, setting } from "@paperworks/experiment";

const settings = {
  rate: setting(0.1, { min: 0, max: 1, description: "how fast it falls" }),
  gain: setting(1, { min: -10, max: 10 }),
  spread: setting(0, { min: 0, max: 10 }),
  stepMilliseconds: setting(0, { min: 0, max: 1000, integer: true }),
  ending: setting("well", { choices: ["well", "throw", "corrupt", "exit", "abort", "kill", "grow", "hang", "nan"] }),
};

/** A paper for tests: it measures what its settings say, in tasks that can be slow, and puts out one of everything. */
export const fixturePaper = definePaper({
  slug: "fixture",
  family: "training",
  title: "A <fixture> & its claims",
  authors: ["A. Nobody"],
  year: 2026,
  arxiv: "2601.00001",
  summary: 'It says <script>alert("nothing")</script>.',
  settings,
  claims: [
    claim("gain", { paper: "it gains <half>", measures: "gain", bar: atLeast(0.5) }),
    claim("gain.real", { paper: "also on digits", measures: "gain", bar: atLeast(0.5), needs: "mnist" }),
    claim("speed", { paper: "it is fast", measures: "seconds", bar: atLeast(0), timing: true }),
  ],
  experiment,
});

async function experiment(context: ExperimentContext<typeof settings>): Promise<void> {
  const { settings, data, replicate, task, measure, metric, figure, table, image, model, cost, log } = context;
  log("the fixture begins");
  const curves = await replicate("descend/quickly", 3, async ({ seed, progress, checkpoint, restored }) => {
    const losses = (restored as { losses: number[] } | undefined)?.losses ?? [];
    for (let step = losses.length + 1; step <= 10; step++) {
      await new Promise((resolve) => setTimeout(resolve, settings.stepMilliseconds));
      losses.push(Math.exp(-settings.rate * step) + seed / 100);
      await checkpoint(() => ({ losses }));
      await progress({ step, steps: 10, loss: losses.at(-1) });
    }
    return losses;
  });
  await task("digits", () => {
    data.generated("mnist", 0, { from: "no digits at all", records: 0 });
    image("digit", { width: 2, height: 1, channels: 1, pixels: Uint8Array.of(0, 255) });
    model("model", { onnx: Uint8Array.of(8, 9), safetensors: Uint8Array.of(1) });
  });
  figure(
    "losses",
    {
      mark: "line",
      data: {
        values: curves.flatMap((losses, seed) => losses.map((loss, step) => ({ step, loss, seed: `seed <${seed}>` }))),
      },
      encoding: {
        x: { field: "step", type: "quantitative" },
        y: { field: "loss", type: "quantitative" },
        color: { field: "seed", type: "nominal" },
      },
    },
    { title: "Loss & step", caption: "Falls <always>." },
  );
  table("ends", { columns: ["seed", "end <loss>"], rows: curves.map((losses, seed) => [seed, losses.at(-1)!]) });
  metric(
    "last",
    curves.map((losses) => losses.at(-1)!),
    { unit: "nats" },
  );
  cost("step", { macs: 12 });
  if (settings.ending === "exit") process.exit(7);
  if (settings.ending === "abort") process.abort();
  if (settings.ending === "kill") process.kill(process.pid, "SIGKILL");
  if (settings.ending === "hang") for (;;);
  if (settings.ending === "grow") await grow();
  if (settings.ending === "throw") throw new RangeError("the fixture was told to fail");
  if (settings.ending === "corrupt") throw new DataFormatError("digits.idx", "7 bytes", "8 bytes");
  const gains = curves.map((_, index) => settings.gain + (index - 1) * settings.spread);
  if (settings.ending === "nan") gains[0] = Number.NaN;
  measure("gain", gains);
  measure("gain.real", gains);
  measure("speed", performance.now());
}

/** Takes 20 MB more every 20 ms. */
async function grow(): Promise<void> {
  for (const held: Uint8Array[] = []; ; ) {
    held.push(new Uint8Array(20 * 2 ** 20).fill(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The paper as a user's file exports it. */
export default fixturePaper;
