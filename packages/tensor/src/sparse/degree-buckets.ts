/** Rows with nearly the same number of entries, padded to one number. */
export interface DegreeBucket {
  /** Entries of each row, padding among them. */
  readonly degree: number;
  readonly rows: number;
  /** Entries that are no padding. */
  readonly entries: number;
  /** The entry in each slot, −1 for padding, [degree, rows]: the first entries of all rows, then the second ones. */
  readonly slots: Int32Array;
}

export interface DegreeBuckets {
  readonly buckets: readonly DegreeBucket[];
  /** Where each row's sum stands among those of all buckets one after another; one behind the last for a row without entries. */
  readonly places: Int32Array;
  /** Whether some row has no entries. */
  readonly empty: boolean;
}

/** Slots of padding that cost about as much as the operations of one more bucket. */
const slotsPerBucket = 4096;

/**
 * The rows of a sparse matrix in buckets of nearly equal degree, so that each bucket is a dense sum over an axis: the whole
 * matrix is summed by gathers alone, without a scatter, which the runtime cannot share among threads.
 *
 * Among all ways to cut the sorted degrees, the one with the least padding plus `perBucket` slots a bucket is found by
 * dynamic programming over the distinct degrees.
 *
 * @param rowPointers [rows + 1]
 */
export function degreeBuckets(rowPointers: Int32Array, perBucket = slotsPerBucket): DegreeBuckets {
  const rows = rowPointers.length - 1;
  const degreeOf = (row: number): number => rowPointers[row + 1] - rowPointers[row];
  const byDegree = Map.groupBy(
    Array.from({ length: rows }, (_, row) => row),
    degreeOf,
  );
  const degrees = [...byDegree.keys()].filter((degree) => degree > 0).sort((a, b) => a - b);
  const rowsWith = (degree: number): number[] => byDegree.get(degree) ?? [];

  const places = new Int32Array(rows);
  const buckets: DegreeBucket[] = [];
  let placed = 0;
  for (const [from, to] of leastPadding(
    degrees.map((degree) => [degree, rowsWith(degree).length]),
    perBucket,
  )) {
    const degree = degrees[to - 1];
    const members = degrees.slice(from, to).flatMap(rowsWith);
    const slots = new Int32Array(degree * members.length).fill(-1);
    let entries = 0;
    members.forEach((row, i) => {
      places[row] = placed + i;
      entries += degreeOf(row);
      for (let k = 0; k < degreeOf(row); k++) slots[k * members.length + i] = rowPointers[row] + k;
    });
    buckets.push({ degree, rows: members.length, entries, slots });
    placed += members.length;
  }
  for (const row of rowsWith(0)) places[row] = placed;
  return { buckets, places, empty: byDegree.has(0) };
}

/**
 * The cuts of [degree, rows] pairs, rising by degree, into runs [from, to) with the least cost:
 *
 *   cost(to) = min over from of cost(from) + perBucket + Σ_{from ≤ i < to} rowsᵢ (degree_{to−1} − degreeᵢ)
 */
function leastPadding(
  pairs: readonly (readonly [degree: number, rows: number])[],
  perBucket: number,
): [number, number][] {
  const cost = [0];
  const cut = [0];
  for (let to = 1; to <= pairs.length; to++) {
    let [padding, best, at] = [0, Number.POSITIVE_INFINITY, to - 1];
    for (let from = to - 1; from >= 0 && padding < best; from--) {
      padding += pairs[from][1] * (pairs[to - 1][0] - pairs[from][0]);
      if (cost[from] + padding + perBucket < best) [best, at] = [cost[from] + padding + perBucket, from];
    }
    cost.push(best);
    cut.push(at);
  }
  const runs: [number, number][] = [];
  for (let to = pairs.length; to > 0; to = cut[to]) runs.unshift([cut[to], to]);
  return runs;
}
