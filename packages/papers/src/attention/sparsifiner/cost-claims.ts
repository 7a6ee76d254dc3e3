import type { ExperimentContext } from "@paperworks/experiment";
import { cost, type Tensor, zeros } from "@paperworks/tensor";
import { attentionFlops, deitSmall, networkMacs } from "./attention-flops.ts";
import { Sparsifiner } from "./sparsifiner.ts";
import { modelSize, networkShape, pruned, pruningRate } from "./systems.ts";

/** What the cost model saves at the densities of basis that were measured, one a seed, and what the graph of one image costs. */
export function measureCosts(
  { measure, metric, cost: put }: Pick<ExperimentContext, "measure" | "metric" | "cost">,
  densities: readonly number[],
): void {
  const percent = (of: (basisDensity: number) => number): number[] => densities.map((density) => 100 * of(density));
  const deit = { tokens: deitSmall.tokens, headDim: deitSmall.dim / deitSmall.heads };
  const here = { tokens: networkShape.tokens, headDim: networkShape.dim / networkShape.heads };
  const saved = (shape: { tokens: number; headDim: number }, keep: number): number[] =>
    percent((basisDensity) => attentionFlops({ ...shape, keep, basisDensity }).saved);
  measure("flops.deit-0.25", saved(deit, 0.25));
  measure("flops.deit-0.05", saved(deit, 0.05));
  measure("flops.here-0.10", saved(here, 0.1));
  const savedOfAll = (
    shape: typeof deitSmall | typeof networkShape,
    after: readonly number[],
    rate: number,
  ): number[] =>
    percent((basisDensity) => {
      const sparse = networkMacs({ ...shape, keep: 0.25, basisDensity, pruning: { after, rate } });
      return 1 - sparse / networkMacs({ ...shape, keep: 1 });
    });
  measure("combined.deit", savedOfAll(deitSmall, [3, 6, 9], 0.4));
  measure("combined.here", savedOfAll(networkShape, pruned, pruningRate));
  metric("basis-density", densities);
  const sparse = new Sparsifiner({ ...modelSize, keep: 0.25 });
  const image = zeros([1, 3, modelSize.image, modelSize.image]);
  for (const execution of ["masked", "gathered"] as const) {
    const { parameters, macs, peakBytes } = cost((x: Tensor) => sparse.features(x, { execution }).tokens, image);
    put(`graph-of-one-image-${execution}`, { parameters, macs, peakBytes });
  }
}
