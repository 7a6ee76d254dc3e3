import { cast, fromArray, jit, mean, mul, slice, stack, sum, type Tensor } from "@paperworks/tensor";
import { connectivityMask } from "./connectivity-mask.ts";
import { oracleRanking, type Ranking, randomRanking, windowRanking } from "./rankings.ts";
import type { Sparsifiner } from "./sparsifiner.ts";

export const choices = ["Sparsifiner", "window", "random", "oracle"] as const;
export type Choice = (typeof choices)[number];
/** Attention mass inside the mask, 0 … 1. */
export type Coverage = Record<Choice, number>;

/**
 * How much of a row's attention falls on the keys that a mask keeps, mean over patches, heads, layers and images.
 *
 * @param weights [batch, heads, n, n] @param mask bool [..., n, n]
 * @returns [] over all but the class token's rows
 */
export function coveredMass(weights: Tensor, mask: Tensor): Tensor {
  const rows = (x: Tensor): Tensor => slice(x, [{ axis: -2, start: 1 }]);
  return mean(sum(mul(rows(weights), cast(rows(mask), weights.dtype)), -1));
}

/**
 * Coverage of the dense network's attention by each choice of keys, for every budget. The student attends densely: these are the
 * teacher's tokens.
 *
 * @param images [N, channels, height, width]; a batch divides N
 */
export async function coverageOf(
  student: Sparsifiner,
  images: { data: Float32Array; shape: readonly number[] },
  keeps: readonly number[],
  batch: number,
): Promise<Coverage[]> {
  const { grid } = student.patches;
  const measure = jit((part: Tensor) => {
    const { mixings } = student.features(part, { execution: "dense" });
    const covered = mixings.flatMap(({ weights, queries: q, keys: k, scores }) => {
      const rankings: Record<Choice, Ranking> = {
        Sparsifiner: () => scores as Tensor,
        window: windowRanking(grid),
        random: randomRanking(),
        oracle: oracleRanking,
      };
      return keeps.map((keep) =>
        stack(
          choices.map((choice) =>
            coveredMass(weights as Tensor, connectivityMask(rankings[choice]({ q, k }), { keep })),
          ),
        ),
      );
    });
    return stack(covered);
  });
  const [count] = images.shape;
  const width = images.data.length / count;
  const totals = new Float64Array(keeps.length * choices.length);
  for (let start = 0; start < count; start += batch) {
    const part = images.data.slice(start * width, (start + batch) * width);
    const masses = await (await measure(fromArray(part, [batch, ...images.shape.slice(1)]))).data();
    // [layers, budgets, choices]
    masses.forEach((mass: number | bigint, i: number) => {
      totals[i % totals.length] += (Number(mass) * totals.length * batch) / (masses.length * count);
    });
  }
  return keeps.map(
    (_, i) => Object.fromEntries(choices.map((choice, j) => [choice, totals[i * choices.length + j]])) as Coverage,
  );
}
