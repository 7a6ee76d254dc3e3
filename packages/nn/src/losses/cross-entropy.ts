import {
  add,
  arange,
  cast,
  DomainError,
  equal,
  gather,
  greaterEqual,
  isInteger,
  logicalAnd,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  ShapeError,
  sameShape,
  softplus,
  sub,
  sum,
  type Tensor,
  unsqueeze,
  where,
} from "@paperworks/tensor";
import { type ReductionOptions, reduceLoss, requireEqualShapes } from "./reduction.ts";

export interface CrossEntropyOptions extends ReductionOptions {
  /** [classes]: multiplies the weight of each entry of that class. Only with whole labels. */
  classWeights?: Tensor;
  /** ε: targets become (1 − ε)·target + ε/classes. */
  labelSmoothing?: number;
}

/**
 * −Σ_c t_c log softmax(z)_c, averaged.
 *
 * @param logits [..., classes]
 * @param labels [...] int32 or int64 classes; a negative label (−1) leaves its entry out of sum and mean.
 *               Or soft targets, floats of the shape of the logits
 * @throws ShapeError if the shapes do not fit
 */
export function crossEntropy(logits: Tensor, labels: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { classWeights, labelSmoothing = 0, weights, reduction } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1))
    throw new DomainError(`crossEntropy: labelSmoothing lies in [0, 1), got ${labelSmoothing}`);
  const logProbabilities = logSoftmax(logits);
  if (!isInteger(labels.dtype)) {
    requireEqualShapes("crossEntropy with soft targets", logits, labels);
    if (classWeights) throw new DomainError("crossEntropy: classWeights go with whole labels, got soft targets");
    return reduceLoss(smoothed(mul(logProbabilities, labels), logProbabilities, labelSmoothing), {
      weights,
      reduction,
    });
  }
  if (logits.rank !== labels.rank + 1 || !sameShape(logits.shape.slice(0, -1), labels.shape))
    throw new ShapeError(
      `crossEntropy: logits [${logits.shape.join(", ")}] take labels [${logits.shape.slice(0, -1).join(", ")}], got [${labels.shape.join(", ")}]`,
    );
  // Chosen, not multiplied by zeros: a class ruled out by a logit of −∞ is no NaN.
  const classes = arange(logits.shape.at(-1) as number, { dtype: labels.dtype });
  const picked = where(equal(unsqueeze(labels, -1), classes), logProbabilities, 0);
  const entries = smoothed(picked, logProbabilities, labelSmoothing);
  const counts = labelWeights(labels, entries, { classWeights, weights });
  return reduceLoss(entries, { weights: counts, reduction });
}

function smoothed(picked: Tensor, logProbabilities: Tensor, epsilon: number): Tensor {
  const entries = neg(sum(picked, -1));
  return epsilon === 0 ? entries : add(mul(entries, 1 - epsilon), mul(mean(logProbabilities, -1), -epsilon));
}

/** 1 for a label, 0 for none, times the weights given. */
function labelWeights(
  labels: Tensor,
  { dtype }: Tensor,
  { classWeights, weights }: Pick<CrossEntropyOptions, "classWeights" | "weights">,
): Tensor {
  const counted = greaterEqual(labels, 0);
  if (weights?.dtype === "bool" && !classWeights) return logicalAnd(counted, weights);
  let factors = cast(counted, dtype);
  if (weights) factors = mul(factors, cast(weights, dtype));
  return classWeights ? mul(factors, cast(gather(classWeights, maximum(labels, 0)), dtype)) : factors;
}

export interface BinaryCrossEntropyOptions extends ReductionOptions {
  /** Multiplies the loss of positive targets. */
  positiveWeight?: number;
}

/**
 * −t log σ(z) − (1 − t) log(1 − σ(z)) = softplus(z) − t z, averaged.
 *
 * @param logits  any shape
 * @param targets of the same shape, in [0, 1]; float or bool
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  targets: Tensor,
  { positiveWeight = 1, ...reduction }: BinaryCrossEntropyOptions = {},
): Tensor {
  requireEqualShapes("binaryCrossEntropyWithLogits", logits, targets);
  const t = cast(targets, logits.dtype);
  if (positiveWeight === 1) return reduceLoss(sub(softplus(logits), mul(t, logits)), reduction);
  const positive = mul(mul(t, positiveWeight), softplus(neg(logits)));
  return reduceLoss(add(positive, mul(sub(1, t), softplus(logits))), reduction);
}
