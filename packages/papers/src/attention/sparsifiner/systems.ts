import { init, VisionTransformer } from "@paperworks/nn";
import { LinformerAttention } from "./linformer-attention.ts";
import { windowRanking } from "./rankings.ts";
import { Sparsifiner, type SparsifinerOptions } from "./sparsifiner.ts";

/** Patches of 4 pixels of 32 × 32: 64 and the class token. */
export const modelSize = { image: 32, patch: 4, dim: 48, depth: 4, heads: 3, hidden: 144, classes: 10 } as const;

/** The same for the cost model. */
export const networkShape = {
  tokens: 65,
  dim: modelSize.dim,
  depth: modelSize.depth,
  heads: modelSize.heads,
  hidden: modelSize.hidden,
  patchSize: 48,
  classes: modelSize.classes,
} as const;

/** Budgets that are compared. */
export const keeps = [0.25, 0.1] as const;

/** The blocks behind which tokens are dropped. */
export const pruned = [1, 2, 3] as const;
export const pruningRate = 0.7;

/** A student: how many keys it keeps, what chooses them, and whether it drops tokens. */
export interface System {
  readonly name: string;
  /** 1 when absent: dense. */
  readonly keep?: number;
  readonly window?: boolean;
  /** Rate of tokens that stay after each of the first three blocks. */
  readonly rate?: number;
  readonly linformer?: boolean;
}

/** All students. The rate of `equal` is set to what makes it as expensive as `both`, which depends on the density measured. */
export const students = {
  dense: { name: "dense" },
  quarter: { name: "Sparsifiner 0.25", keep: 0.25 },
  tenth: { name: "Sparsifiner 0.10", keep: 0.1 },
  window: { name: "window 0.25", keep: 0.25, window: true },
  pruned: { name: "token pruning", rate: pruningRate },
  equal: { name: "token pruning at equal cost", rate: pruningRate },
  both: { name: "Sparsifiner 0.25 and pruning", keep: 0.25, rate: pruningRate },
  linformer: { name: "Linformer", linformer: true },
} satisfies Record<string, System>;

/** Starts the basis above 0: in a training this short a row that begins around it may never leave it. */
export const basisInit = init.uniform({ low: 0, high: 0.04 });

/** Compressed tokens, as many as the predictors have. */
const reducedTokens = Math.floor(networkShape.tokens / 6);

/** A student of a system, its weights still its own. */
export function studentOf({ keep = 1, window, rate, linformer }: System): VisionTransformer {
  if (linformer)
    return new VisionTransformer({
      ...modelSize,
      mixer: ({ tokens, dim, heads }) => new LinformerAttention({ dim, heads, tokens, reducedTokens }),
    });
  const options: SparsifinerOptions = {
    ...modelSize,
    keep,
    basisInit,
    ...(window ? { ranking: windowRanking } : {}),
    ...(rate === undefined ? {} : { pruning: { after: pruned, rate } }),
  };
  return new Sparsifiner(options);
}
