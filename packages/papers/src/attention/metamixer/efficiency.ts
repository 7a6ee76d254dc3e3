import { type ExperimentContext, type Latency, measureLatency, type TaskRun } from "@paperworks/experiment";
import { cost, fromArray, Generator, jit, type Tensor, zeros } from "@paperworks/tensor";
import { classifierOf, contestants, mixerOf, type System } from "./systems.ts";

/** Multiply-accumulates of a token mixer of 32 channels, fused, on maps of side × side places. */
export function mixerMacs(system: "FFNified" | "self-attention", side: number): number {
  const place = { stage: 0, block: 0, channels: 32, kernel: 7, stride: 1 };
  const mixer = mixerOf(system, place, side)?.eval().fuse();
  return cost((x: Tensor) => mixer?.forward(x), zeros([1, 32, side, side])).macs;
}

/** Seconds of one image through each network as it is meant to run. @param side of the image */
export async function networkLatency(
  systems: readonly System[],
  side: number,
  rounds: number,
  { progress }: Pick<TaskRun, "progress">,
): Promise<Record<string, Latency>> {
  const image = fromArray(new Generator(side).hostNormal(3 * side * side), [1, 3, side, side]);
  const contenders = systems.map((system) => {
    const network = classifierOf(system, side).eval().reparameterise();
    const run = jit((x: Tensor) => network.forward(x));
    return [system, async () => (await run(image)).data()] as const;
  });
  return measureLatency(Object.fromEntries(contenders), { rounds, warmUps: 5, progress });
}

/** What attention and FFNified attention cost as maps grow, by count and by the clock. */
export async function efficiency(
  context: Pick<ExperimentContext, "quick" | "task" | "measure" | "metric" | "table" | "cost">,
): Promise<Record<string, Latency>> {
  const { quick, task, measure, metric, table, cost: put } = context;
  const sides = [8, 16, 32, 64];
  const rows = sides.map((side) => {
    const [attention, own] = [mixerMacs("self-attention", side), mixerMacs("FFNified", side)];
    return { side, attention, own };
  });
  const largest = rows[rows.length - 1];
  measure("efficient.macs", largest.attention / largest.own);
  table("mixer-cost", {
    columns: ["places", "self-attention, M MACs", "FFNified attention, M MACs"],
    rows: rows.map(({ side, attention, own }) => [
      `${side} × ${side}`,
      Math.round(attention / 1e4) / 100,
      Math.round(own / 1e4) / 100,
    ]),
    caption: "A token mixer of 32 channels, projections and learned positions included.",
  });
  const network = classifierOf("FFNified").eval().reparameterise();
  const { parameters, macs } = cost((x: Tensor) => network.forward(x), zeros([1, 3, 32, 32]));
  put("fused-network", { parameters, macs });
  if (quick) return {};
  const small = await task("latency at 32 pixels", (run) => networkLatency(contestants, 32, 60, run));
  const large = await task("latency at 64 pixels", (run) => networkLatency(contestants, 64, 40, run));
  measure("efficient.latency", large["self-attention"].median / large.FFNified.median);
  for (const [side, latencies] of [
    ["32", small],
    ["64", large],
  ] as const)
    for (const [system, { median }] of Object.entries(latencies))
      metric(`latency-${side}.${system.toLowerCase()}`, 1000 * median, { unit: "ms", timing: true });
  return small;
}
