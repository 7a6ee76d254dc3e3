import { add, DomainError, logSoftmax, mul, stopGradient, type Tensor } from "@paperworks/tensor";
import { crossEntropy } from "./cross-entropy.ts";
import { klDivergence } from "./divergence.ts";
import { meanSquaredError } from "./regression.ts";

/** What a network gives that another can learn from. */
export interface DistilledOutputs {
  /** z, [..., classes] */
  logits: Tensor;
  /** x, features of both networks that correspond, of one shape: [batch, tokens, dim], say. */
  tokens?: Tensor;
}

export interface DistillationOptions {
  /** y as `crossEntropy` takes them; without them the teacher alone is learned from. */
  labels?: Tensor;
  /** T: above 1 it softens both distributions. */
  temperature?: number;
  /** How much the three parts count. */
  labelWeight?: number;
  logitWeight?: number;
  tokenWeight?: number;
}

/**
 * What a student learns from labels, from a teacher's distribution and from its features:
 *
 *   L = w_y CE(z_s, y) + w_z T² KL(softmax(z_t/T) ‖ softmax(z_s/T)) + w_x mean (x_s − x_t)²
 *
 * T² keeps the second part's gradient at one size for all T (Hinton et al., 2015). No gradient goes to the teacher.
 *
 * @param student its tokens are compared where both networks give them
 * @returns a scalar, the mean over the batch
 * @throws DomainError for a temperature that is not above 0; ShapeError for logits or tokens of two shapes
 */
export function distillationLoss(
  student: DistilledOutputs,
  teacher: DistilledOutputs,
  { labels, temperature = 1, labelWeight = 1, logitWeight = 0.5, tokenWeight = 0.5 }: DistillationOptions = {},
): Tensor {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    throw new DomainError(`distillationLoss: the temperature must be finite and above 0, got ${temperature}`);
  const soft = (logits: Tensor): Tensor => logSoftmax(mul(logits, 1 / temperature));
  const divergence = klDivergence(soft(stopGradient(teacher.logits)), soft(student.logits));
  let loss = mul(divergence, logitWeight * temperature ** 2);
  if (labels) loss = add(loss, mul(crossEntropy(student.logits, labels), labelWeight));
  if (student.tokens && teacher.tokens)
    loss = add(loss, mul(meanSquaredError(student.tokens, stopGradient(teacher.tokens)), tokenWeight));
  return loss;
}
