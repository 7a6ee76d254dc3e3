import type { ExperimentContext, TaskRun } from "@paperworks/experiment";
import { parameterCount, TransformerBlock } from "@paperworks/nn";
import { fromArray, Generator, manualSeed, type Tensor, type Tree } from "@paperworks/tensor";
import { AarenBlock, AarenStack } from "./aaren.ts";
import { CausalTransformerStack } from "./causal-transformer.ts";
import { type BySystem, rounded, type System, systems } from "./comparison.ts";
import { type EfficiencyRow, memoryFigure, timeFigure } from "./figures.ts";
import type { SequenceCore } from "./sequence-core.ts";
import { TokenStream } from "./token-stream.ts";

const size = { dim: 128, heads: 4, depth: 2, hidden: 256 };
/** Tokens between two looks at clock and memory. */
const stretch = 16;
const firstRoom = 16;

/** Tokens, bytes of the state after them, and seconds for all of them. */
interface Point {
  tokens: number;
  bytes: number;
  seconds: number;
}

/** Compiles the program of each size of the state, so that the clock sees none of it. */
async function warmUp(core: SequenceCore, tokens: readonly Tensor[]): Promise<void> {
  for (let room = firstRoom; room <= tokens.length; room *= 2) {
    const stream = new TokenStream(core, { room });
    for (const token of tokens.slice(0, 3)) await stream.push(token);
    if (core.room(core.initialState(1, room)) === Number.POSITIVE_INFINITY) return;
  }
}

/** Feeds both models token by token. */
async function streamBoth(count: number, run: TaskRun): Promise<BySystem<Point[]>> {
  manualSeed(run.seed);
  const options = { ...size, positions: count };
  const cores: BySystem<SequenceCore> = {
    Aaren: new AarenStack(options),
    Transformer: new CausalTransformerStack(options) as SequenceCore<Tree>,
  };
  const random = new Generator(run.seed);
  const tokens = Array.from({ length: count }, () => fromArray(random.hostNormal(size.dim), [1, size.dim]));
  for (const system of systems) await warmUp(cores[system], tokens);
  const points: BySystem<Point[]> = { Aaren: [], Transformer: [] };
  // Several streams of the model that is soon done: of each stretch the middle time, so that a busy moment counts little.
  const order: System[] = ["Aaren", "Transformer", "Aaren", "Aaren"];
  const streams: BySystem<Stretch[][]> = { Aaren: [], Transformer: [] };
  for (const [i, system] of order.entries())
    streams[system].push(
      await timeStream(cores[system], tokens, (done) =>
        run.progress({ step: i * count + done, steps: order.length * count }),
      ),
    );
  for (const system of systems) {
    let seconds = 0;
    for (let i = 0; i < count / stretch; i++) {
      seconds += median(streams[system].map((stretches) => stretches[i].seconds));
      points[system].push({ tokens: (i + 1) * stretch, bytes: streams[system][0][i].bytes, seconds });
    }
  }
  return points;
}

interface Stretch {
  bytes: number;
  seconds: number;
}

async function timeStream(
  core: SequenceCore,
  tokens: readonly Tensor[],
  progress: (done: number) => Promise<void>,
): Promise<Stretch[]> {
  const stream = new TokenStream(core, { room: firstRoom });
  const stretches: Stretch[] = [];
  for (let start = 0; start < tokens.length; start += stretch) {
    const began = performance.now();
    for (const token of tokens.slice(start, start + stretch)) await stream.push(token);
    stretches.push({ seconds: (performance.now() - began) / 1000, bytes: stream.bytes });
    await progress(stream.tokens);
  }
  return stretches;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Memory and time of a stream, and the price of the learned query in parameters. */
export async function efficiency({ task, quick, measure, metric, table, figure }: ExperimentContext): Promise<void> {
  const count = quick ? 128 : 4096;
  const points = await task(`streams of ${count} tokens`, (run) => streamBoth(count, run));
  const at = (system: System, tokens: number): Point => points[system].find((point) => point.tokens >= tokens) as Point;
  const [aaren, transformer] = [at("Aaren", count), at("Transformer", count)];
  measure("memory.ratio", transformer.bytes / aaren.bytes);
  measure("memory.constant", aaren.bytes / at("Aaren", 16).bytes);
  measure("time.ratio", transformer.seconds / aaren.seconds);
  const exponent = (system: System): number =>
    Math.log(at(system, count).seconds / at(system, count / 4).seconds) / Math.log(4);
  measure("time.exponent", exponent("Aaren"));
  metric("time.exponent-transformer", exponent("Transformer"), { timing: true });
  for (const system of systems)
    metric(`time.${system.toLowerCase()}`, (1000 * at(system, count).seconds) / count, {
      unit: "ms a token",
      timing: true,
    });
  metric("memory.aaren", aaren.bytes, { unit: "bytes" });
  metric("memory.transformer", transformer.bytes, { unit: "bytes" });

  const looks = Array.from({ length: Math.log2(count) - 3 }, (_, i) => 2 ** (i + 4));
  const rows: EfficiencyRow[] = looks.flatMap((tokens) =>
    systems.map((model) => ({ model, ...at(model, tokens), tokens })),
  );
  figure("memory", memoryFigure(rows), {
    title: "Memory of a stream",
    caption:
      "Bytes of the state after so many tokens: the Transformer's cache doubles when it is full, Aaren's state stays.",
  });
  figure("time", timeFigure(rows), {
    title: "Time of a stream",
    caption:
      "Seconds for all tokens so far, one at a time. A token's new state is written as a whole: the Transformer's cache too.",
  });
  table("memory", {
    columns: ["tokens", "Aaren, bytes", "Transformer, bytes"],
    rows: looks.map((tokens) => [tokens, at("Aaren", tokens).bytes, at("Transformer", tokens).bytes]),
    caption: `Width ${size.dim}, ${size.depth} blocks, ${size.heads} heads, one stream.`,
  });

  const layer = { dim: 512, heads: 8, hidden: 2048 };
  const [withQuery, without] = [parameterCount(new AarenBlock(layer)), parameterCount(new TransformerBlock(layer))];
  measure("parameters", withQuery - without);
  metric("parameters.transformer", without);
  metric("parameters.share", rounded((100 * (withQuery - without)) / without, 4), { unit: "%" });
}
