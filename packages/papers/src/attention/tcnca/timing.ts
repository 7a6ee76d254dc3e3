import type { TaskRun } from "@paperworks/experiment";

const warmUps = 3;

/**
 * Milliseconds of each of several runs: medians of rounds in which they take turns, behind three to warm up. Whatever else the
 * machine does in a round, it does to all of them.
 */
export async function medianTimes<N extends string>(
  runs: Record<N, () => Promise<unknown>>,
  rounds: number,
  { progress }: Pick<TaskRun, "progress">,
): Promise<Record<N, number>> {
  const names = Object.keys(runs) as N[];
  const taken = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<N, number[]>;
  for (let round = 0; round < warmUps + rounds; round++) {
    for (const name of names) {
      const began = performance.now();
      await runs[name]();
      if (round >= warmUps) taken[name].push(performance.now() - began);
    }
    await progress({ step: round + 1, steps: warmUps + rounds });
  }
  return Object.fromEntries(names.map((name) => [name, median(taken[name])])) as Record<N, number>;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1];
