import { type ArrayBatch, gather, recordCount } from "./column.ts";
import { checkInteger } from "./domain.ts";
import { DomainError } from "./errors.ts";
import { Random } from "./random.ts";

/** Where a sequence of batches stands: the batch that comes next. Plain JSON. */
export interface BatchPosition {
  /** Passes over the data that are complete. */
  readonly epoch: number;
  /** Batches of this pass that have been given. */
  readonly batch: number;
  /** What the sequence was made of; a resumed run with another sequence is refused. */
  readonly seed: number;
  readonly batchSize: number;
  readonly records: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
}

export interface BatchOptions {
  readonly batchSize: number;
  /** Seed of the order; not needed without shuffling. */
  readonly seed?: number;
  readonly shuffle?: boolean;
  /** Passes over the data, in all (not after `start`). `Infinity` for a sequence that the consumer ends. */
  readonly epochs?: number;
  /** Leave out the last batch of a pass when it is smaller. */
  readonly dropLast?: boolean;
  /** A `position` to go on from. */
  readonly start?: BatchPosition;
}

type Columns = { readonly [name: string]: ArrayBatch };

/**
 * The batches of a dataset, in an order that depends on the seed and the number of the pass alone: each pass has its
 * own permutation, so that any position can be reached without walking there.
 *
 * ```ts
 * for (const { images, labels } of batches(dataset, { batchSize: 50, seed, epochs: 10 })) …
 * ```
 *
 * @param dataset arrays [N, …] by name
 * @throws DomainError for sizes out of range, or a `start` that belongs to another sequence
 */
export function batches<D extends Columns>(dataset: D, options: BatchOptions): BatchSequence<D> {
  return new BatchSequence(dataset, options);
}

/** What `batches` returns. Every loop over it begins at `start`. */
export class BatchSequence<D extends Columns> implements Iterable<D>, AsyncIterable<D> {
  readonly batchesPerEpoch: number;
  private readonly dataset: D;
  private readonly start: BatchPosition;
  private readonly epochs: number;
  private next: BatchPosition;
  private readonly after = new WeakMap<D, BatchPosition>();

  constructor(dataset: D, options: BatchOptions) {
    const { batchSize, shuffle = true, epochs = 1, dropLast = true, start } = options;
    const records = recordCount(dataset);
    checkInteger("batchSize", batchSize, 1);
    if (epochs !== Number.POSITIVE_INFINITY) checkInteger("epochs", epochs, 0);
    if (shuffle && options.seed === undefined) throw new DomainError("seed", undefined, "a seed to shuffle with");
    const seed = options.seed ?? 0;
    checkInteger("seed", seed, 0);
    if (dropLast && batchSize > records) {
      throw new DomainError("batchSize", batchSize, `at most the ${records} records, or dropLast: false`);
    }
    this.dataset = dataset;
    this.epochs = epochs;
    this.batchesPerEpoch = dropLast ? Math.floor(records / batchSize) : Math.ceil(records / batchSize);
    const first: BatchPosition = { epoch: 0, batch: 0, seed, batchSize, records, shuffle, dropLast };
    this.start = start === undefined ? first : this.checked(start, first);
    this.next = this.start;
  }

  /** The batch that comes next in the latest loop. With `prefetch`, which runs ahead, ask `positionAfter` instead. */
  get position(): BatchPosition {
    return this.next;
  }

  /** The position that follows a batch which this sequence gave. */
  positionAfter(batch: D): BatchPosition {
    const position = this.after.get(batch);
    if (position === undefined) throw new DomainError("batch", Object.keys(batch), "a batch of this sequence");
    return position;
  }

  *[Symbol.iterator](): Generator<D, void, undefined> {
    let position = this.start;
    this.next = position;
    while (position.epoch < this.epochs && this.batchesPerEpoch > 0) {
      const order = this.order(position.epoch);
      for (let index = position.batch; index < this.batchesPerEpoch; index++) {
        const { batchSize, records } = position;
        const rows = order.subarray(index * batchSize, Math.min(records, (index + 1) * batchSize));
        const batch = gather(this.dataset, rows);
        const last = index + 1 === this.batchesPerEpoch;
        const following = last
          ? { ...position, epoch: position.epoch + 1, batch: 0 }
          : { ...position, batch: index + 1 };
        this.after.set(batch, following);
        this.next = following;
        yield batch;
        position = following;
      }
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<D, void, undefined> {
    yield* this[Symbol.iterator]();
  }

  private order(epoch: number): Int32Array {
    const { seed, records, shuffle } = this.start;
    if (!shuffle) return Int32Array.from({ length: records }, (_, i) => i);
    return new Random(seed).fork(`epoch ${epoch}`).permutation(records);
  }

  private checked(start: BatchPosition, own: BatchPosition): BatchPosition {
    for (const field of ["seed", "batchSize", "records", "shuffle", "dropLast"] as const) {
      if (start[field] !== own[field]) throw new DomainError(`start.${field}`, start[field], String(own[field]));
    }
    checkInteger("start.epoch", start.epoch, 0);
    checkInteger("start.batch", start.batch, 0, Math.max(0, this.batchesPerEpoch - 1));
    return { ...own, epoch: start.epoch, batch: start.batch };
  }
}
