import { checkInteger } from "../domain.ts";
import { Random } from "../random.ts";

export interface RecallOptions {
  readonly sequences: number;
  /** Pairs of key and value in each sequence. */
  readonly pairs: number;
  /** Different keys; values come from as many symbols of their own, so that no symbol is both. */
  readonly symbols: number;
  /** Each pair draws its key from all of them, and a key that comes again has its value again; otherwise no key comes twice. */
  readonly repeatedKeys?: boolean;
  readonly seed: number;
}

/** Sequences of key, value, key, value, …, and at the end a key seen before, whose value is asked for. */
export interface RecallTask {
  /** [sequences, 2·pairs + 1]; keys are 0 … symbols − 1, values symbols … 2·symbols − 1 */
  readonly tokens: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  /** At each key that was seen before, the last one among them, its value; −1 where nothing can be known. As `tokens` */
  readonly labels: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  /** The value of the last key, [sequences] */
  readonly answers: Int32Array;
  /** 2·symbols */
  readonly vocabulary: number;
}

/**
 * Associative recall (Ba et al., 2016): what stands behind a key must be kept until the key comes again.
 * @throws DomainError for numbers below 1, and for fewer keys than pairs where none may come twice
 */
export function associativeRecall(options: RecallOptions): RecallTask {
  const { sequences, pairs, symbols, repeatedKeys = false, seed } = options;
  checkInteger("sequences", sequences, 1);
  checkInteger("pairs", pairs, 1);
  checkInteger("symbols", symbols, repeatedKeys ? 1 : pairs);
  const random = new Random(seed);
  const drawPairs = repeatedKeys ? pairsWithRepeats(random, options) : pairsOfDifferentKeys(random, options);
  const length = 2 * pairs + 1;
  const data = new Int32Array(sequences * length);
  const labels = new Int32Array(sequences * length).fill(-1);
  const answers = new Int32Array(sequences);
  const values = new Int32Array(symbols);
  for (let s = 0; s < sequences; s++) {
    const start = s * length;
    values.fill(-1);
    drawPairs((key, value, i) => {
      data[start + 2 * i] = key;
      data[start + 2 * i + 1] = value;
      labels[start + 2 * i] = values[key];
      values[key] = value;
    });
    const asked = data[start + 2 * random.integer(pairs)];
    data[start + 2 * pairs] = asked;
    labels[start + 2 * pairs] = answers[s] = values[asked];
  }
  const shape = [sequences, length] as const;
  return { tokens: { data, shape }, labels: { data: labels, shape }, answers, vocabulary: 2 * symbols };
}

type Put = (key: number, value: number, place: number) => void;

function pairsOfDifferentKeys(random: Random, { pairs, symbols }: RecallOptions): (put: Put) => void {
  const keys = Array.from({ length: symbols }, (_, i) => i);
  return (put) => {
    // The first places of a shuffle are the keys of this sequence.
    for (let i = 0; i < pairs; i++) {
      const j = i + random.integer(symbols - i);
      [keys[i], keys[j]] = [keys[j], keys[i]];
    }
    for (let i = 0; i < pairs; i++) put(keys[i], symbols + random.integer(symbols), i);
  };
}

/** Each sequence has a table of its own that gives each key its value. */
function pairsWithRepeats(random: Random, { pairs, symbols }: RecallOptions): (put: Put) => void {
  const table = new Int32Array(symbols);
  return (put) => {
    for (let key = 0; key < symbols; key++) table[key] = symbols + random.integer(symbols);
    for (let i = 0; i < pairs; i++) {
      const key = random.integer(symbols);
      put(key, table[key], i);
    }
  };
}
