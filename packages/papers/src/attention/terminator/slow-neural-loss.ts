import { concat, DomainError, fromArray, mean, square, sub, type Tensor } from "@paperworks/tensor";

/**
 * The local error that teaches the slow networks: global kernels of later blocks are drawn to those of earlier ones,
 *
 *   Σ_{i > j} mean((tile(K^{(j)}) − K^{(i)})²)
 *
 * with the kernels of an earlier block repeated along the channels where a later one is wider. 0 for a single block.
 *
 * @param kernels of the blocks in their order, [C_i, ...]
 * @throws DomainError where the channels of one block are no multiple of an earlier one's
 */
export function slowNeuralLoss(kernels: readonly Tensor[]): Tensor {
  const terms = kernels.flatMap((later, i) =>
    kernels.slice(0, i).map((earlier) => mean(square(sub(tileChannels(earlier, later.shape[0]), later)))),
  );
  return terms.length === 0 ? fromArray(new Float32Array(1), []) : terms.reduce((sum, term) => sum.add(term));
}

function tileChannels(kernel: Tensor, channels: number): Tensor {
  const times = channels / kernel.shape[0];
  if (!Number.isInteger(times))
    throw new DomainError(`slowNeuralLoss: ${channels} channels are no multiple of the ${kernel.shape[0]} before`);
  return times === 1 ? kernel : concat(new Array(times).fill(kernel), 0);
}
