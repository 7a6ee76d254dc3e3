import { keptTokens, loadInto, pruneTokens, type VisionFeatures, VisionTransformer } from "@paperworks/nn";
import { DomainError, mean, select, slice, type Tensor, takeAlongAxis } from "@paperworks/tensor";
import type { ConnectivityPredictor, ConnectivityPredictorOptions } from "./connectivity-predictor.ts";
import type { Ranking } from "./rankings.ts";
import { type Execution, type SparseMixing, SparsifinerAttention } from "./sparsifiner-attention.ts";

/** Where tokens are dropped: after each of these blocks (1 is the first) the share ρ of the patches that were left before it stays. */
export interface Pruning {
  readonly after: readonly number[];
  readonly rate: number;
}

export type SparsifinerOptions = Omit<ConnectivityPredictorOptions, "tokens" | "headDim"> & {
  /** Height and width of the images; a number for both. */
  image: number | readonly [height: number, width: number];
  patch: number;
  channels?: number;
  dim: number;
  depth: number;
  heads: number;
  /** Width inside the feed-forward parts; 4·dim when absent. */
  hidden?: number;
  classes: number;
  /** The share of keys that each query attends to; 1 is dense attention. */
  keep?: number;
  /** What chooses the keys in place of predictors. */
  ranking?: (grid: readonly [rows: number, columns: number]) => Ranking;
  pruning?: Pruning;
  execution?: Execution;
};

export interface SparsifinerFeatures extends VisionFeatures {
  /** What each layer did. */
  mixings: SparseMixing[];
  /** Places of the tokens that are left at the end, [batch, left] int32; none where none were dropped. */
  kept?: Tensor;
}

/**
 * A vision Transformer whose queries attend to few keys, chosen for each image, head and query by a predictor in every block, and
 * which may also drop the patches that the class token looks at least.
 *
 * Source: "Sparsifiner: Learning Sparse Instance-Dependent Attention for Efficient Vision Transformers", section 3.
 */
export class Sparsifiner extends VisionTransformer {
  readonly pruning?: Pruning;
  readonly execution: Execution;

  constructor(options: SparsifinerOptions) {
    const { ranking, pruning, execution = "masked" } = options;
    super({
      ...options,
      mixer: ({ tokens, grid }) => new SparsifinerAttention({ ...options, tokens, ranking: ranking?.(grid) }),
    });
    const wrong = pruning?.after.find((block) => !Number.isInteger(block) || block < 1 || block >= options.depth);
    if (wrong !== undefined)
      throw new DomainError(`Sparsifiner: tokens are dropped after blocks 1 … ${options.depth - 1}, got ${wrong}`);
    this.pruning = pruning;
    this.execution = execution;
  }

  get attentions(): SparsifinerAttention[] {
    return this.blocks.map(({ mixer }) => mixer as SparsifinerAttention);
  }

  get predictors(): ConnectivityPredictor[] {
    return this.attentions.flatMap(({ predictor }) => predictor ?? []);
  }

  /** @param images [batch, channels, height, width] */
  override features(
    images: Tensor,
    { execution = this.execution }: { execution?: Execution } = {},
  ): SparsifinerFeatures {
    let x = this.embed(images);
    let kept: Tensor | undefined;
    let rounds = 0;
    const mixings = this.blocks.map((block, i) => {
      const mixing = this.attentions[i].attend(block.mixerNorm.forward(x), { kept, execution });
      x = block.finish(x, mixing.output);
      if (execution !== "dense" && this.pruning?.after.includes(i + 1)) {
        const keep = keptTokens(this.patches.count, this.pruning.rate, ++rounds);
        const seen = slice(mean(mixing.classWeights, 1), [{ axis: 1, start: 1 }]);
        const pruned = pruneTokens(x, seen, { keep });
        x = pruned.tokens;
        kept = kept ? takeAlongAxis(kept, pruned.kept) : pruned.kept;
      }
      return mixing;
    });
    const tokens = this.norm.forward(x);
    const attention = mixings.map(({ weights }) => weights);
    return { tokens, pooled: select(tokens, 1, 0), attention, mixings, ...(kept ? { kept } : {}) };
  }
}

/**
 * Gives a student with other mixers the weights of a trained dense network: all but what its mixers have of their own.
 *
 * @param student a `Sparsifiner`, or a network of `LinformerAttention`
 * @param teacher its weights as `saveSafetensors` writes them
 */
export function startFrom(student: VisionTransformer, teacher: Uint8Array): void {
  loadInto(student, teacher, {
    map: (name) => name.replace(/^(blocks\.\d+\.mixer)\./, "$1.attention."),
    strict: false,
  });
}
