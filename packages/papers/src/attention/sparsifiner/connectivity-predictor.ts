import { type Initializer, init, initialParameter, Linear, Module } from "@paperworks/nn";
import {
  abs,
  cast,
  DomainError,
  formatShape,
  gather,
  greater,
  matmul,
  mul,
  type Parameter,
  requireWhole,
  ShapeError,
  slice,
  softmax,
  type Tensor,
  transpose,
  unsqueeze,
} from "@paperworks/tensor";
import { type Budget, connectivityMask, largestEntries } from "./connectivity-mask.ts";

export interface ConnectivityPredictorOptions {
  /** n, the class token among them. */
  tokens: number;
  /** d */
  headDim: number;
  /** How many times fewer compressed tokens: n_down = ⌊n/reduceTokens⌋. */
  reduceTokens?: number;
  /** How many times narrower queries and keys: c = ⌊d/reduceChannels⌋. */
  reduceChannels?: number;
  /** Coefficients a query keeps. */
  topCoefficients?: number;
  /** Entries of the basis not above it become 0. */
  basisThreshold?: number;
  /**
   * Whether attention is fitted with the size of the basis, |W_up|, as it ranks; or "signed", as published: then entries that turn
   * negative for being too large a guess count as large ones in the ranking.
   */
  fit?: "size" | "signed";
  /** Of W_up; truncated normal of deviation 0.02 when absent. */
  basisInit?: Initializer;
}

/** Which tokens are left, [batch, left] int32, the class token first; all of them when absent. */
export type TokensLeft = { kept?: Tensor };

/**
 * A cheap estimate of an attention matrix, to tell which entries are worth computing:
 *
 *   q' = q W_q + b_q,  k' = k W_k + b_k                       c wide
 *   A_down = softmax(q' (W_downᵀ k')ᵀ / √c)                   coefficients over n_down compressed tokens
 *   Ã = A_down |W_up|ᵀ                                        of rank n_down at most
 *
 * The weights are shared by all heads. The class token, which comes first, attends to all and has no row. Ã is fitted to attention as
 * it is; masks are made from its sparsified form, the largest coefficients of each query times the entries of |W_up| above a
 * threshold, which takes topCoefficients·n·β products a query at density β.
 *
 * Source: "Sparsifiner: Learning Sparse Instance-Dependent Attention for Efficient Vision Transformers", section 3.
 */
export class ConnectivityPredictor extends Module {
  readonly tokens: number;
  readonly topCoefficients: number;
  readonly basisThreshold: number;
  readonly fit: "size" | "signed";
  /** W_q, b_q: [d, c] */
  readonly query: Linear;
  /** W_k, b_k: [d, c] */
  readonly key: Linear;
  /** W_down, [n, n_down] */
  readonly compress: Parameter;
  /** W_up, [n, n_down] */
  readonly basis: Parameter;

  constructor(options: ConnectivityPredictorOptions) {
    super();
    const {
      tokens,
      headDim,
      reduceTokens = 6,
      reduceChannels = 2,
      topCoefficients = 8,
      basisThreshold = 0.02,
    } = options;
    const { fit = "size", basisInit = init.truncatedNormal({ std: 0.02 }) } = options;
    requireWhole("ConnectivityPredictor: tokens", tokens, 2);
    requireWhole("ConnectivityPredictor: topCoefficients", topCoefficients, 1);
    requireReduction("reduceTokens", reduceTokens, tokens, "tokens");
    requireReduction("reduceChannels", reduceChannels, headDim, "channels of a head");
    if (!(basisThreshold >= 0))
      throw new DomainError(`ConnectivityPredictor: basisThreshold is not negative, got ${basisThreshold}`);
    const [inFeatures, outFeatures] = [headDim, Math.floor(headDim / reduceChannels)];
    const reduced = Math.floor(tokens / reduceTokens);
    this.tokens = tokens;
    this.topCoefficients = topCoefficients;
    this.basisThreshold = basisThreshold;
    this.fit = fit;
    this.query = new Linear({ inFeatures, outFeatures });
    this.key = new Linear({ inFeatures, outFeatures });
    this.compress = initialParameter([tokens, reduced], init.truncatedNormal({ std: 0.02 }));
    this.basis = initialParameter([tokens, reduced], basisInit);
  }

  /** n_down */
  get reducedTokens(): number {
    return this.basis.shape[1];
  }

  /** A_down. @param q, k [batch, heads, left, d] @returns [batch, heads, left − 1, n_down] */
  coefficients(q: Tensor, k: Tensor, { kept }: TokensLeft = {}): Tensor {
    const left = kept ? kept.shape[1] : this.tokens;
    const [headDim, width] = this.query.weight.shape;
    for (const x of [q, k])
      if (x.rank !== 4 || x.shape[2] !== left || x.shape[3] !== headDim)
        throw new ShapeError(
          `ConnectivityPredictor for ${this.tokens} tokens, ${left} of them left, takes queries and keys [batch, heads, ${left}, ${headDim}], got ${formatShape(x.shape)}`,
        );
    const patches = slice(q, [{ axis: 2, start: 1 }]);
    const compressed = matmul(transpose(this.key.forward(k)), rowsOf(this.compress, kept));
    return softmax(mul(matmul(this.query.forward(patches), compressed), 1 / Math.sqrt(width)));
  }

  /** Ã as it is fitted. @param q, k [batch, heads, left, d] @returns [batch, heads, left − 1, left] */
  approximate(q: Tensor, k: Tensor, left: TokensLeft = {}): Tensor {
    const basis = this.fit === "size" ? abs(this.basis) : this.basis;
    return matmul(this.coefficients(q, k, left), transpose(rowsOf(basis, left.kept)));
  }

  /** Ã of sparsified factors, which ranks the keys. @param q, k [batch, heads, left, d] @returns [batch, heads, left − 1, left] */
  scores(q: Tensor, k: Tensor, left: TokensLeft = {}): Tensor {
    const coefficients = this.coefficients(q, k, left);
    const largest =
      this.topCoefficients >= this.reducedTokens
        ? coefficients
        : mul(coefficients, cast(largestEntries(coefficients, this.topCoefficients), coefficients.dtype));
    return matmul(largest, transpose(rowsOf(this.#sparseBasis(), left.kept)));
  }

  /** M. @returns bool [batch, heads, left, left], the class token's row all true */
  mask(q: Tensor, k: Tensor, budget: Budget, left: TokensLeft = {}): Tensor {
    return connectivityMask(this.scores(q, k, left), budget);
  }

  /** β, the share of entries of the basis that stay. */
  async basisDensity(): Promise<number> {
    const basis = await this.basis.data();
    let above = 0;
    for (const entry of basis) if (Math.abs(Number(entry)) > this.basisThreshold) above++;
    return above / basis.length;
  }

  #sparseBasis(): Tensor {
    const size = abs(this.basis);
    return mul(size, cast(greater(size, this.basisThreshold), size.dtype));
  }
}

/** The rows of the tokens that are left, to be multiplied with all heads: [n, columns] or [batch, 1, left, columns]. */
const rowsOf = (matrix: Tensor, kept?: Tensor): Tensor => (kept ? unsqueeze(gather(matrix, kept), 1) : matrix);

function requireReduction(name: string, factor: number, whole: number, what: string): void {
  if (!(factor >= 1 && factor <= whole))
    throw new DomainError(
      `ConnectivityPredictor: ${name} lies between 1 and the ${whole} ${what}, got ${factor}: nothing would be left`,
    );
}
