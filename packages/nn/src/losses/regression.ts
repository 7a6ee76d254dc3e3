import { abs, add, DomainError, exp, minimum, mul, neg, square, sub, type Tensor } from "@paperworks/tensor";
import { type ReductionOptions, reduceLoss, requireEqualShapes } from "./reduction.ts";

/** (p − t)², averaged. Predictions and targets have one shape. */
export function meanSquaredError(predictions: Tensor, targets: Tensor, options: ReductionOptions = {}): Tensor {
  requireEqualShapes("meanSquaredError", predictions, targets);
  return reduceLoss(square(sub(predictions, targets)), options);
}

/** |p − t|, averaged. */
export function meanAbsoluteError(predictions: Tensor, targets: Tensor, options: ReductionOptions = {}): Tensor {
  requireEqualShapes("meanAbsoluteError", predictions, targets);
  return reduceLoss(abs(sub(predictions, targets)), options);
}

/** ½ r² for |r| ≤ δ and δ(|r| − ½ δ) beyond, r = p − t (Huber, 1964), averaged. */
export function huber(
  predictions: Tensor,
  targets: Tensor,
  { delta = 1, ...options }: ReductionOptions & { delta?: number } = {},
): Tensor {
  requireEqualShapes("huber", predictions, targets);
  if (!(delta > 0)) throw new DomainError(`huber: delta must be above 0, got ${delta}`);
  const size = abs(sub(predictions, targets));
  // With q = min(|r|, δ) both branches are q(|r| − q/2).
  const inner = minimum(size, delta);
  return reduceLoss(mul(inner, sub(size, mul(inner, 0.5))), options);
}

/**
 * −log N(t; μ, σ²) = ½ (log 2π + log σ² + (t − μ)²/σ²), averaged.
 *
 * @param means        any shape
 * @param logVariances log σ², of the same shape
 * @param targets      of the same shape
 */
export function gaussianNegativeLogLikelihood(
  means: Tensor,
  logVariances: Tensor,
  targets: Tensor,
  options: ReductionOptions = {},
): Tensor {
  requireEqualShapes("gaussianNegativeLogLikelihood", means, targets);
  requireEqualShapes("gaussianNegativeLogLikelihood", means, logVariances);
  const scaled = mul(square(sub(targets, means)), exp(neg(logVariances)));
  return reduceLoss(mul(add(add(scaled, logVariances), Math.log(2 * Math.PI)), 0.5), options);
}
