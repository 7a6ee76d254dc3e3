import type { ExperimentContext, TaskRun } from "@paperworks/experiment";
import { parameterCount, TransformerBlock } from "@paperworks/nn";
import { fromArray, Generator, manualSeed } from "@paperworks/tensor";
import { AarenBlock, AarenStack } from "./aaren.ts";
import { CausalTransformerStack } from "./causal-transformer.ts";
import { rounded } from "./comparison.ts";
import { type EfficiencyRow, memoryFigure, timeFigure } from "./figures.ts";
import { InPlaceStream } from "./in-place-stream.ts";
import { inPlace, type StreamName, type StreamPoint, streamNames, timeStreams } from "./stream-timing.ts";
import { TokenStream } from "./token-stream.ts";

const size = { dim: 128, heads: 4, depth: 2, hidden: 256 };

/** The streams of both models at one size. */
function streamsOf(count: number, run: TaskRun): Promise<Record<StreamName, StreamPoint[]>> {
  manualSeed(run.seed);
  const options = { ...size, positions: count };
  const [aaren, transformer] = [new AarenStack(options), new CausalTransformerStack(options)];
  const random = new Generator(run.seed);
  const tokens = Array.from({ length: count }, () => fromArray(random.hostNormal(size.dim), [1, size.dim]));
  const makers = {
    Aaren: { make: (room: number) => new TokenStream(aaren, { room }), times: 3 },
    Transformer: { make: (room: number) => new TokenStream(transformer, { room }), times: 1 },
    [inPlace]: { make: (room: number) => new InPlaceStream(transformer, { room }), times: 3 },
  };
  return timeStreams(makers, tokens, run);
}

/** Memory and time of a stream, and the price of the learned query in parameters. */
export async function efficiency({ task, quick, measure, metric, table, figure }: ExperimentContext): Promise<void> {
  const count = quick ? 128 : 4096;
  const points = await task(`streams of ${count} tokens`, (run) => streamsOf(count, run));
  const at = (name: StreamName, tokens: number): StreamPoint =>
    points[name].find((point) => point.tokens >= tokens) as StreamPoint;
  const [aaren, transformer] = [at("Aaren", count), at("Transformer", count)];
  measure("memory.ratio", transformer.bytes / aaren.bytes);
  measure("memory.constant", aaren.bytes / at("Aaren", 16).bytes);
  measure("time.ratio", transformer.seconds / aaren.seconds);
  const exponent = (system: StreamName): number =>
    Math.log(at(system, count).seconds / at(system, count / 4).seconds) / Math.log(4);
  measure("time.exponent", exponent("Aaren"));
  metric("time.exponent-transformer", exponent("Transformer"), { timing: true });
  metric("time.ratio-in-place", at(inPlace, count).seconds / aaren.seconds, { timing: true });
  const ofToken = (name: StreamName): number => (1000 * at(name, count).seconds) / count;
  metric("time.aaren", ofToken("Aaren"), { unit: "ms a token", timing: true });
  metric("time.transformer", ofToken("Transformer"), { unit: "ms a token", timing: true });
  metric("time.transformer-in-place", ofToken(inPlace), { unit: "ms a token", timing: true });
  metric("memory.aaren", aaren.bytes, { unit: "bytes" });
  metric("memory.transformer", transformer.bytes, { unit: "bytes" });

  const looks = Array.from({ length: Math.log2(count) - 3 }, (_, i) => 2 ** (i + 4));
  const rows: EfficiencyRow[] = looks.flatMap((tokens) =>
    streamNames.map((model) => ({ model, ...at(model, tokens), tokens })),
  );
  figure("memory", memoryFigure(rows.filter(({ model }) => model !== inPlace)), {
    title: "Memory of a stream",
    caption:
      "Bytes of the state after so many tokens: the Transformer's cache doubles when it is full, Aaren's state stays.",
  });
  figure("time", timeFigure(rows), {
    title: "Time of a stream",
    caption:
      "Seconds for all tokens so far, one at a time. A step gives the whole new state, so the Transformer copies its cache; written in place, outside of the program, the cache is only read.",
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
