import { add, scalar, softmax, type Tensor, where } from "@paperworks/tensor";
import { unseen } from "../sequence/causal-bias.ts";

/**
 * Softmax over the entries that a mask allows; the others are 0. A row that allows nothing is uniform, not NaN.
 *
 * @param scores [..., entries]
 * @param mask   bool, broadcast against the scores
 */
export const maskedSoftmax = (scores: Tensor, mask: Tensor): Tensor =>
  softmax(add(scores, where(mask, scalar(0, scores.dtype), scalar(unseen, scores.dtype))));
