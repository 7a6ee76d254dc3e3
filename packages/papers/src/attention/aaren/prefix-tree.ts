import { concat, fromArray, slice, type Tensor, treeLeaves, treeMap } from "@paperworks/tensor";
import { type AttentionState, attentionElements, attentionIdentity, mergeAttention } from "./attention-state.ts";

/** One state of the parallel scan. */
export type PrefixScanNode = {
  /** 1 … N */
  token: number;
  /** 0 for the tokens themselves, then one a round of merges. */
  step: number;
  /** How far back this round's partner stands. */
  reach: number;
  m: number;
  u: number;
  w: number;
};

/**
 * The parallel scan round by round: in round j, z_i ← z_{i − 2^j} ⊕ z_i. After ⌈log₂ N⌉ rounds z_i is the state of tokens
 * 1 … i.
 *
 * @param scores [N] @param values [N]
 */
export async function prefixScanNodes(scores: readonly number[], values: readonly number[]): Promise<PrefixScanNode[]> {
  const vector = (numbers: readonly number[], shape: number[]): Tensor => fromArray(Float64Array.from(numbers), shape);
  const count = scores.length;
  let states = attentionElements(vector(scores, [count]), vector(values, [count, 1]));
  const nodes: PrefixScanNode[] = [];
  for (let step = 0, reach = 0; ; step++) {
    const [m, u, w] = await Promise.all(treeLeaves(states).map((leaf) => leaf.data()));
    for (let i = 0; i < count; i++)
      nodes.push({ token: i + 1, step, reach, m: Number(m[i]), u: Number(u[i]), w: Number(w[i]) });
    reach = 2 ** step;
    if (reach >= count) return nodes;
    states = mergeAttention(shifted(states, reach), states);
  }
}

/** Each state moved on by `reach` places; the first places hold the identity. */
function shifted(states: AttentionState, reach: number): AttentionState {
  const fill = treeLeaves(attentionIdentity([reach], 1, states.m));
  let leaf = 0;
  return treeMap(states, (x) => concat([fill[leaf++], slice(x, [{ axis: 0, start: 0, end: x.shape[0] - reach }])]));
}
