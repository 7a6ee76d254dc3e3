import {
  DomainError,
  defaultGenerator,
  expand,
  fromArray,
  type Generator,
  gather,
  matmul,
  slice,
  type Tensor,
  takeAlongAxis,
  transpose,
  unsqueeze,
} from "@paperworks/tensor";
import { type Budget, connectivityMask } from "./connectivity-mask.ts";
import type { ConnectivityPredictor, TokensLeft } from "./connectivity-predictor.ts";

/** Queries and keys of all heads, [batch, heads, left, d], and which tokens they belong to. */
export type RankingInputs = { q: Tensor; k: Tensor } & TokensLeft;

/** Scores of the keys for each query but the class token's, [..., left − 1, left]: the best are attended to. */
export type Ranking = (inputs: RankingInputs) => Tensor;

/** What a predictor has learned. */
export const learnedRanking =
  (predictor: ConnectivityPredictor): Ranking =>
  ({ q, k, kept }) =>
    predictor.scores(q, k, { kept });

/** The true scores q kᵀ, which no cheap ranking can know: the most mass that a budget can cover. */
export const oracleRanking: Ranking = ({ q, k }) => patchRows(matmul(q, transpose(k)));

/** Other keys for each image, head and query, and at each run. */
export const randomRanking =
  (generator: Generator = defaultGenerator): Ranking =>
  ({ q, k }) =>
    generator.uniform([q.shape[0], q.shape[1], q.shape[2] - 1, k.shape[2]]);

/** The class token first, then patches by their distance on the grid: the same for all images. */
export function windowRanking(grid: readonly [rows: number, columns: number]): Ranking {
  const scores = nearness(grid);
  return ({ kept }) => {
    if (!kept) return patchRows(scores);
    const rows = gather(scores, kept);
    const left = expand(unsqueeze(kept, 1), [kept.shape[0], kept.shape[1], kept.shape[1]]);
    return unsqueeze(patchRows(takeAlongAxis(rows, left)), 1);
  };
}

/** A fixed window: each patch attends to the class token and to the patches nearest to it. @returns bool [n, n] */
export function localWindowMask(grid: readonly [rows: number, columns: number], budget: Budget): Tensor {
  return connectivityMask(patchRows(nearness(grid)), budget);
}

/** A mask of the same budget by chance. @param shape [..., n − 1, n] @returns bool [..., n, n] */
export const randomMask = (shape: readonly number[], budget: Budget, generator: Generator = defaultGenerator): Tensor =>
  connectivityMask(generator.uniform(shape), budget);

const patchRows = (scores: Tensor): Tensor => slice(scores, [{ axis: -2, start: 1 }]);

/** −(squared distance) of patches, 1 for the class token's column; its row, which nobody reads, is 0. [n, n] */
function nearness([rows, columns]: readonly [number, number]): Tensor {
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows > 0 && columns > 0))
    throw new DomainError(`a window needs a grid of whole rows and columns, got ${rows} × ${columns}`);
  const tokens = rows * columns + 1;
  const scores = new Float32Array(tokens * tokens);
  for (let i = 1; i < tokens; i++) {
    scores[i * tokens] = 1;
    for (let j = 1; j < tokens; j++) {
      const down = Math.floor((i - 1) / columns) - Math.floor((j - 1) / columns);
      const right = ((i - 1) % columns) - ((j - 1) % columns);
      scores[i * tokens + j] = 0 - (down ** 2 + right ** 2);
    }
  }
  return fromArray(scores, [tokens, tokens]);
}
