import type { Layer } from "@paperworks/nn";
import type { Tensor } from "@paperworks/tensor";

/**
 * The four operations that a mixer is made of. Whoever fixes them has a token mixer or a channel mixer:
 *
 *                        query Q         key K              activation   value V
 *   self-attention       x W_q           q · (x W_k)ᵀ       softmax      coefficients · (x W_v)
 *   feed-forward         x               q W₁               GELU         coefficients · W₂
 *   FFNified attention   BN(x W_q)       DW_k ⋆ q           GELU         DW_v ⋆ coefficients
 *
 * Keys and values may be made of the input, as in attention, or be weights, as in a feed-forward network: a memory whose patterns
 * (keys) are compared with the query, and whose contents (values) are added up with the coefficients.
 */
export interface MetaMixer {
  query(x: Tensor): Tensor;
  /** Similarities of queries and keys. @param x what keys are made of, where they are not weights */
  key(query: Tensor, x: Tensor): Tensor;
  /** Coefficients from similarities. */
  activation(similarities: Tensor): Tensor;
  /** Values added up with the coefficients. @param x what values are made of, where they are not weights */
  value(coefficients: Tensor, x: Tensor): Tensor;
}

/**
 * y = V ∘ act( K ∘ Q(x) ).
 *
 * Source: "MetaMixer Is All You Need", the frame that it finds in self-attention and in the feed-forward network.
 */
export const metaMixer =
  (mixer: MetaMixer): ((x: Tensor) => Tensor) =>
  (x) =>
    mixer.value(mixer.activation(mixer.key(mixer.query(x), x)), x);

/** A part of a network that trains in one form and runs in another, x [N, channels, ...spatial] to the same shape. */
export interface Mixer extends Layer {
  /** What it is in evaluation, with its batch norms folded into the maps beside them. */
  fuse(): Layer;
}
