import { exp, mul, sub, sum, type Tensor } from "@paperworks/tensor";
import { type ReductionOptions, reduceLoss, requireEqualShapes } from "./reduction.ts";

/**
 * KL(p ‖ q) = Σ_c p_c (log p_c − log q_c) over the last axis, averaged over the others.
 *
 * @param logP [..., classes] log probabilities of the reference (finite: use logSoftmax)
 * @param logQ [..., classes] log probabilities of the model
 */
export function klDivergence(logP: Tensor, logQ: Tensor, options: ReductionOptions = {}): Tensor {
  requireEqualShapes("klDivergence", logP, logQ);
  return reduceLoss(sum(mul(exp(logP), sub(logP, logQ)), -1), options);
}
