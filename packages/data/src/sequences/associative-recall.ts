import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";

export interface RecallOptions {
  readonly sequences: number;
  /** Pairs of key and value in each sequence; no key twice. */
  readonly pairs: number;
  /** Different keys; values come from as many symbols of their own. */
  readonly symbols: number;
  readonly seed: number;
}

/** Sequences of key, value, key, value, …, and at the end a key seen before, whose value is asked for. */
export interface RecallTask {
  /** [sequences, 2·pairs + 1]; keys are 0 … symbols − 1, values symbols … 2·symbols − 1 */
  readonly tokens: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  /** The value of the last key, [sequences] */
  readonly answers: Int32Array;
  /** 2·symbols */
  readonly vocabulary: number;
}

/**
 * Associative recall (Ba et al., 2016): what stands behind a key must be kept until the key comes again.
 * @throws DomainError if there are fewer keys than pairs
 */
export function associativeRecall({ sequences, pairs, symbols, seed }: RecallOptions): RecallTask {
  checkInteger("sequences", sequences, 1);
  checkInteger("pairs", pairs, 1);
  checkInteger("symbols", symbols, pairs);
  const random = new Random(seed);
  const length = 2 * pairs + 1;
  const data = new Int32Array(sequences * length);
  const answers = new Int32Array(sequences);
  const keys = Array.from({ length: symbols }, (_, i) => i);
  for (let s = 0; s < sequences; s++) {
    // The first places of a shuffle are the keys of this sequence.
    for (let i = 0; i < pairs; i++) {
      const j = i + random.integer(symbols - i);
      [keys[i], keys[j]] = [keys[j], keys[i]];
    }
    const values = Array.from({ length: pairs }, () => symbols + random.integer(symbols));
    for (let i = 0; i < pairs; i++) {
      data[s * length + 2 * i] = keys[i];
      data[s * length + 2 * i + 1] = values[i];
    }
    const asked = random.integer(pairs);
    data[s * length + 2 * pairs] = keys[asked];
    answers[s] = values[asked];
  }
  return { tokens: { data, shape: [sequences, length] }, answers, vocabulary: 2 * symbols };
}
