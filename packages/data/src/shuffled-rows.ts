import { checkInteger } from "./domain.ts";
import { Random } from "./random.ts";

/**
 * Which records each step trains on: every pass over them has a permutation of its own, cut into batches (those left over at its
 * end rest). The rows depend on seed and step alone, so a training that was stopped goes on with the same ones.
 *
 * @returns for a step, 0 and up, the indices of its batch: int32, batchSize of them, 0 … records − 1
 * @throws DomainError for sizes below 1, and a batch larger than the records
 */
export function shuffledRows({
  records,
  batchSize,
  seed,
}: {
  records: number;
  batchSize: number;
  seed: number;
}): (step: number) => Int32Array {
  checkInteger("records", records, 1);
  checkInteger("batchSize", batchSize, 1, records);
  const perEpoch = Math.floor(records / batchSize);
  let pass: { epoch: number; order: Int32Array } | undefined;
  return (step) => {
    checkInteger("step", step, 0);
    const epoch = Math.floor(step / perEpoch);
    if (pass?.epoch !== epoch) pass = { epoch, order: new Random(seed).fork(`epoch ${epoch}`).permutation(records) };
    const start = (step % perEpoch) * batchSize;
    return pass.order.slice(start, start + batchSize);
  };
}
