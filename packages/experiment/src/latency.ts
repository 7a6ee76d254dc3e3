import { RunOptionsError } from "./errors.ts";
import { median } from "./values.ts";

/** How long something took, in seconds, over the rounds that counted. */
export interface Latency {
  median: number;
  low: number;
  high: number;
}

export interface LatencyOptions {
  /** Rounds that count; 9 when absent. */
  rounds?: number;
  /** Rounds before them, in which programs compile and memory is found; 3 when absent. */
  warmUps?: number;
  /** Told after each round; a task's `progress`. */
  progress?(report: { step: number; steps: number }): Promise<void>;
  /** Milliseconds; for tests. */
  now?(): number;
}

/**
 * Times several ways of doing a thing against each other: in every round all take turns, so that whatever else the machine does
 * falls on each of them, and the median of the rounds is what counts.
 *
 * @param contenders by name; each resolves when its work is done, with its results read if they might still be under way
 * @throws RunOptionsError for less than one round
 */
export async function measureLatency<N extends string>(
  contenders: Readonly<Record<N, () => Promise<unknown>>>,
  { rounds = 9, warmUps = 3, progress, now = () => performance.now() }: LatencyOptions = {},
): Promise<Record<N, Latency>> {
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RunOptionsError(`a measurement of time takes 1 round or more, not ${rounds}`);
  if (!Number.isSafeInteger(warmUps) || warmUps < 0)
    throw new RunOptionsError(`a measurement of time takes 0 rounds or more to warm up, not ${warmUps}`);
  const entries = Object.entries(contenders) as [N, () => Promise<unknown>][];
  const seconds = new Map(entries.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const [name, work] of entries) {
      const began = now();
      await work();
      if (round >= warmUps) seconds.get(name)?.push((now() - began) / 1000);
    }
    await progress?.({ step: round + 1, steps: warmUps + rounds });
  }
  return Object.fromEntries([...seconds].map(([name, times]) => [name, summarize(times)])) as Record<N, Latency>;
}

function summarize(times: readonly number[]): Latency {
  return { median: median(times), low: Math.min(...times), high: Math.max(...times) };
}

/** Latencies of building blocks by name, from which that of a network is added up before it exists. */
export class LatencyTable {
  readonly #seconds: ReadonlyMap<string, number>;

  /** @param seconds of each block, such as the medians of `measureLatency` */
  constructor(seconds: Readonly<Record<string, number>>) {
    for (const [name, value] of Object.entries(seconds))
      if (!(value >= 0 && Number.isFinite(value)))
        throw new RunOptionsError(`the latency of "${name}" is a number of seconds, not ${value}`);
    this.#seconds = new Map(Object.entries(seconds));
  }

  /** Measures every block, all taking turns. */
  static async measure(
    blocks: Readonly<Record<string, () => Promise<unknown>>>,
    options: LatencyOptions = {},
  ): Promise<LatencyTable> {
    const measured = Object.entries(await measureLatency(blocks, options));
    return new LatencyTable(Object.fromEntries(measured.map(([name, { median }]) => [name, median])));
  }

  /** @throws RunOptionsError for a block that was not measured */
  of(block: string): number {
    const seconds = this.#seconds.get(block);
    if (seconds !== undefined) return seconds;
    throw new RunOptionsError(
      `no latency was measured for "${block}"; there are ${[...this.#seconds.keys()].join(", ")}`,
    );
  }

  /** The latency of blocks that run one after the other, in seconds. */
  total(blocks: Iterable<string>): number {
    let sum = 0;
    for (const block of blocks) sum += this.of(block);
    return sum;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries(this.#seconds);
  }
}
