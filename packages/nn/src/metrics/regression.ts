import { DomainError, exp, Tensor } from "@paperworks/tensor";
import { requireEqualLengths } from "./checks.ts";

/** Mean |p − t|. */
export function meanAbsoluteError(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  requireEqualLengths("meanAbsoluteError", predictions, targets);
  let total = 0;
  for (let i = 0; i < targets.length; i++) total += Math.abs(predictions[i] - targets[i]);
  return total / targets.length;
}

/** R² = 1 − Σ(t − p)²/Σ(t − t̄)². @throws DomainError if all targets are equal */
export function r2(predictions: ArrayLike<number>, targets: ArrayLike<number>): number {
  requireEqualLengths("r2", predictions, targets);
  let mean = 0;
  for (let i = 0; i < targets.length; i++) mean += targets[i] / targets.length;
  let [residual, total] = [0, 0];
  for (let i = 0; i < targets.length; i++) {
    residual += (targets[i] - predictions[i]) ** 2;
    total += (targets[i] - mean) ** 2;
  }
  if (total === 0) throw new DomainError(`r2 needs targets that differ, got ${targets.length} times ${targets[0]}`);
  return 1 - residual / total;
}

/** e^L of a mean cross-entropy L in nats. */
export function perplexity(meanCrossEntropy: Tensor): Tensor;
export function perplexity(meanCrossEntropy: number): number;
export function perplexity(meanCrossEntropy: Tensor | number): Tensor | number {
  return meanCrossEntropy instanceof Tensor ? exp(meanCrossEntropy) : Math.exp(meanCrossEntropy);
}
