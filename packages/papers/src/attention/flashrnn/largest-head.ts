import { abs, max, sub, type Tensor } from "@paperworks/tensor";
import { flashRnn } from "./flash-rnn.ts";
import { IntegerSet } from "./solver/integer-set.ts";
import { solveConstraints } from "./solver/solve-constraints.ts";
import { defaultCaches } from "./solver/tile-problem.ts";
import { recurrenceData } from "./timing.ts";

/** The largest head whose recurrent weights for all gates fit into half of the first cache at once, as a kernel of one tile has them. */
export function largestOneTileHead(gates: number, { l1, lanes } = defaultCaches): number {
  const { solutions } = solveConstraints(
    {
      variables: { GATES: gates, DIM: IntegerSet.between(1, 2 ** 16), LANES: lanes, L1: l1 },
      constraints: "2 * (4 * GATES * DIM^2) <= L1; DIM % LANES == 0",
    },
    [["DIM", "largest"]],
  );
  return solutions[0].DIM;
}

/** How far the tiled kernel's states of one LSTM head are from those of the engine's loop, at the most. */
export async function tiledError(dim: number, steps: number): Promise<number> {
  const { wx, r, bias } = recurrenceData({ cell: "lstm", batch: 1, heads: 1, dim }, steps, 1 / Math.sqrt(dim));
  const run = async (backend: "fused" | "scan"): Promise<Tensor> =>
    (await flashRnn(wx, r, bias, { cell: "lstm", backend })).states;
  return max(abs(sub(await run("fused"), await run("scan")))).item();
}
