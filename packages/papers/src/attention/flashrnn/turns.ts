import { type LatencyOptions, measureLatency } from "@paperworks/experiment";

/**
 * Median seconds of each contender, all taking turns: seven rounds, and two before them. Every round begins with a turn of the
 * last contender that does not count: what a round leaves to be done behind its back (collecting garbage, reporting progress)
 * falls into it, and took a first contender of 8 ms three times as long.
 */
export async function timeInTurns<N extends string>(
  contenders: Readonly<Record<N, () => Promise<unknown>>>,
  { rounds = 7, progress }: Pick<LatencyOptions, "rounds" | "progress">,
): Promise<Record<N, number>> {
  const entries = Object.entries(contenders) as [N, () => Promise<unknown>][];
  const beginning = "beginning of a round";
  const latencies = await measureLatency<string>(
    { [beginning]: entries[entries.length - 1][1], ...contenders },
    { rounds, warmUps: 2, progress },
  );
  return Object.fromEntries(entries.map(([name]) => [name, latencies[name].median])) as Record<N, number>;
}
