import {
  type CsrMatrix,
  DomainError,
  div,
  equal,
  formatShape,
  mul,
  norm,
  ShapeError,
  sameShape,
  softmax,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from "@paperworks/tensor";
import { hopsOf } from "../propagation.ts";

/** Cosine of rows; 0 where a row is zero, for a node without features has no direction. */
function cosine(a: Tensor, b: Tensor): Tensor {
  const lengths = mul(norm(a, -1), norm(b, -1));
  const empty = equal(lengths, 0);
  return where(empty, 0, div(sum(mul(a, b), -1), where(empty, 1, lengths)));
}

/**
 * How far a node is from over-smoothing at each hop: NSL_v(k) = α (1 − β) with α = cos(x_v^(k), x_v^(0)) and
 * β = cos(x_v^(k), x_v^(∞)). High: still itself and far from the stationary point.
 *
 * @param hops       [hops + 1, nodes, features]
 * @param stationary [nodes, features]
 * @returns          [hops + 1, nodes]
 * Source: "Evaluating Deep Graph Neural Networks"; the measure goes back to NDLS (Zhang et al., 2021).
 */
export function nodeSmoothingLevel(hops: Tensor, stationary: Tensor): Tensor {
  if (hops.rank !== 3 || !sameShape(hops.shape.slice(1), stationary.shape)) {
    throw new ShapeError(
      `nodeSmoothingLevel: hops ${formatShape(hops.shape)} do not fit the stationary state ${formatShape(stationary.shape)}`,
    );
  }
  const self = cosine(hops, hops.select(0, 0).unsqueeze(0));
  const end = cosine(hops, stationary.unsqueeze(0));
  return mul(self, sub(1, end));
}

function requireTemperature(temperature: number): void {
  if (!(temperature > 0)) throw new DomainError(`the temperature must be above 0, got ${temperature}`);
}

/**
 * Each node's own mixture of hops: X̄_v = Σ_k w_v(k) x_v^(k), w_v = softmax_k(NSL_v(k) / T).
 *
 * @param hops   [hops + 1, nodes, features]
 * @param levels [hops + 1, nodes]
 * @returns      [nodes, features]
 */
export function nodeAdaptiveCombination(hops: Tensor, levels: Tensor, temperature = 1): Tensor {
  requireTemperature(temperature);
  const weights = softmax(mul(levels, 1 / temperature), 0);
  return sum(mul(hops, unsqueeze(weights, -1)), 0);
}

/** What node-adaptive propagation found: the mixed features, and the level and weight of each hop. */
export interface AdaptiveFeatures {
  /** [nodes, features] */
  features: Float32Array;
  /** [hops + 1][nodes] */
  levels: Float32Array[];
}

/** Lengths of all rows. */
function rowLengths(rows: Float32Array, nodes: number): Float64Array {
  const width = rows.length / nodes;
  return Float64Array.from({ length: nodes }, (_, v) => {
    let total = 0;
    for (let i = v * width; i < (v + 1) * width; i++) total += rows[i] * rows[i];
    return Math.sqrt(total);
  });
}

const cosineOf = (dot: number, a: number, b: number): number => (a * b === 0 ? 0 : dot / (a * b));

/**
 * `nodeSmoothingLevel` and `nodeAdaptiveCombination` in one pass over the hops on the host, with one hop in memory at a
 * time: the weights' sum is carried with a running maximum, as in a streaming softmax.
 *
 * @param features   [nodes, width]
 * @param stationary [nodes, width]
 */
export function adaptiveFeatures(
  adjacency: CsrMatrix,
  features: Float32Array,
  stationary: Float32Array,
  hops: number,
  temperature = 1,
): AdaptiveFeatures {
  requireTemperature(temperature);
  const nodes = adjacency.rows;
  const width = features.length / nodes;
  const mixed = new Float32Array(features.length);
  const [highest, total] = [new Float64Array(nodes).fill(-Infinity), new Float64Array(nodes)];
  const [selfLengths, endLengths] = [rowLengths(features, nodes), rowLengths(stationary, nodes)];
  const levels: Float32Array[] = [];
  for (const hop of hopsOf(adjacency, features, hops)) {
    const level = new Float32Array(nodes);
    for (let v = 0; v < nodes; v++) {
      // One walk over the row for its length and both products.
      let [square, withSelf, withEnd] = [0, 0, 0];
      for (let i = v * width; i < (v + 1) * width; i++) {
        const value = hop[i];
        square += value * value;
        withSelf += value * features[i];
        withEnd += value * stationary[i];
      }
      const size = Math.sqrt(square);
      level[v] = cosineOf(withSelf, size, selfLengths[v]) * (1 - cosineOf(withEnd, size, endLengths[v]));
      const logit = level[v] / temperature;
      const top = Math.max(highest[v], logit);
      const [keep, weight] = [Math.exp(highest[v] - top), Math.exp(logit - top)];
      for (let i = v * width; i < (v + 1) * width; i++) mixed[i] = mixed[i] * keep + hop[i] * weight;
      total[v] = total[v] * keep + weight;
      highest[v] = top;
    }
    levels.push(level);
  }
  for (let v = 0; v < nodes; v++) for (let i = v * width; i < (v + 1) * width; i++) mixed[i] /= total[v];
  return { features: mixed, levels };
}

/** Hop weights of one node from its levels, softmax_k(NSL(k) / T). */
export function hopWeights(levels: readonly number[], temperature = 1): number[] {
  requireTemperature(temperature);
  const top = Math.max(...levels);
  const powers = levels.map((level) => Math.exp((level - top) / temperature));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
