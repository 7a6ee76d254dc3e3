import { ShapeError } from "../errors.ts";
import { flip } from "../ops/flip-and-roll.ts";
import { concat, expand, slice } from "../ops/movement.ts";
import { formatShape, normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { type Tree, treeFill, treeLeaves } from "../tree.ts";

export interface AssociativeScanOptions {
  /** The axis the elements stand along, in every leaf. */
  axis?: number;
  /** Results of all later elements instead of all earlier ones. */
  reverse?: boolean;
}

/**
 * All prefixes of an associative operator at once: z_i = x_1 ⊕ x_2 ⊕ … ⊕ x_i, in ⌈log₂ n⌉ vectorised steps
 * (Hillis and Steele, 1986):
 *
 *   for j = 0, 1, …:  z_i ← z_{i − 2^j} ⊕ z_i      elements before the first are the identity
 *
 * @param elements a tree of tensors that share the length of `axis`
 * @param combine  (earlier, later) → the same tree; elementwise along the axis
 * @param identity the tree of ⊕'s identity: scalars, or tensors that broadcast to the leaves with length 1 along the axis
 * @returns        inclusive prefixes, shaped as the elements
 */
export function associativeScan<T extends Tree>(
  combine: (earlier: T, later: T) => T,
  elements: T,
  identity: T,
  options: AssociativeScanOptions = {},
): T {
  const { axis = 0, reverse = false } = options;
  const leaves = treeLeaves(elements);
  const identities = treeLeaves(identity);
  if (leaves.length === 0 || leaves.length !== identities.length) {
    throw new ShapeError(
      `associativeScan: ${leaves.length} leaves and ${identities.length} identities; each leaf needs one`,
    );
  }
  const axes = leaves.map((leaf) => normalizeAxis("associativeScan", axis, leaf.shape.length));
  const length = leaves[0].shape[axes[0]];
  leaves.forEach((leaf, i) => {
    if (leaf.shape[axes[i]] !== length || length === 0) {
      throw new ShapeError(
        `associativeScan: leaf ${i} of shape ${formatShape(leaf.shape)} does not have ${Math.max(length, 1)} elements along axis ${axis}`,
      );
    }
  });
  const turn = (list: readonly Tensor[]): Tensor[] =>
    reverse ? list.map((leaf, i) => flip(leaf, axes[i])) : [...list];
  let state = turn(leaves);
  for (let reach = 1; reach < length; reach *= 2) {
    const earlier = state.map((leaf, i) => {
      const fill = expand(
        identities[i],
        leaf.shape.map((n, a) => (a === axes[i] ? reach : n)),
      );
      return concat([fill, slice(leaf, [{ axis: axes[i], start: 0, end: length - reach }])], axes[i]);
    });
    state = treeLeaves(combine(treeFill(elements, earlier), treeFill(elements, state)));
  }
  return treeFill(elements, turn(state));
}
