import type { ArrayBatch } from "../column.ts";
import { checkInteger, checkNumber } from "../domain.ts";
import { Random } from "../random.ts";

/** The three motifs as functions of u in [0, 1]. */
export const motifs: readonly { readonly name: string; value(u: number): number }[] = [
  { name: "oscillation", value: (u) => Math.sin(6 * Math.PI * u) * Math.sin(Math.PI * u) },
  { name: "sawtooth", value: (u) => 2 * ((2 * u) % 1) - 1 },
  { name: "bump", value: (u) => Math.exp(-0.5 * ((u - 0.5) / 0.18) ** 2) },
];

/** The classes: which motif comes first and which second, by index into `motifs`. */
export const motifPairs: readonly (readonly [number, number])[] = [
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 2],
  [2, 0],
  [2, 1],
];

/** Columns of a motif task; `starts` and `channels` tell where the motifs are, for pictures and checks. */
export type MotifTask = {
  /** [count, length, channels] */
  readonly series: ArrayBatch<Float32Array>;
  /** [count]: index into `motifPairs` */
  readonly labels: ArrayBatch<Int32Array>;
  /** [count, 2]: first sample of the first and the second motif */
  readonly starts: ArrayBatch<Int32Array>;
  /** [count]: the channel that holds both */
  readonly channels: ArrayBatch<Int32Array>;
};

/**
 * Series with two different motifs hidden in noise; the class is their order. Both lie in one random channel, at random
 * times, without overlap (every pair of places is equally likely). Motif sample j is at u = (j + 1/2) / motifLength.
 * Classes are balanced.
 */
export function motifSeries({
  count,
  seed,
  length = 128,
  channels = 3,
  motifLength = 20,
  noise = 0.2,
}: {
  count: number;
  seed: number;
  length?: number;
  channels?: number;
  motifLength?: number;
  /** Standard deviation of the normal noise on every sample. */
  noise?: number;
}): MotifTask {
  checkInteger("count", count, 1, 10_000_000);
  checkInteger("channels", channels, 1);
  checkInteger("motifLength", motifLength, 2);
  checkInteger("length", length, 2 * motifLength);
  checkNumber("noise", noise, 0);
  const random = new Random(seed);
  const labels = random.shuffle(Int32Array.from({ length: count }, (_, i) => i % motifPairs.length));
  const series = Float32Array.from({ length: count * length * channels }, () => random.normal(0, noise));
  const starts = new Int32Array(count * 2);
  const chosen = new Int32Array(count);
  const slack = length - 2 * motifLength;
  for (let i = 0; i < count; i++) {
    // Two places without overlap are two different numbers of slack + 2, the second moved on by a motif.
    const first = random.integer(slack + 2);
    let second = random.integer(slack + 1);
    if (second >= first) second++;
    starts[2 * i] = Math.min(first, second);
    starts[2 * i + 1] = Math.max(first, second) - 1 + motifLength;
    chosen[i] = random.integer(channels);
    motifPairs[labels[i]].forEach((motif, k) => {
      for (let j = 0; j < motifLength; j++) {
        const at = (i * length + starts[2 * i + k] + j) * channels + chosen[i];
        series[at] += motifs[motif].value((j + 0.5) / motifLength);
      }
    });
  }
  return {
    series: { data: series, shape: [count, length, channels] },
    labels: { data: labels, shape: [count] },
    starts: { data: starts, shape: [count, 2] },
    channels: { data: chosen, shape: [count] },
  };
}
