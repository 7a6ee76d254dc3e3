import { DomainError } from "./errors.ts";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** One array of a dataset or batch, row-major; `shape[0]` counts the records. */
export interface ArrayBatch<A extends TypedArray = TypedArray> {
  readonly data: A;
  readonly shape: readonly number[];
}

/** A dataset, or a batch of one: arrays by name, all with the same number of records. */
export type ArrayDataset = { readonly [name: string]: ArrayBatch };

/** Images [N, height, width] or [N, channels, height, width] as bytes, with one class a record. */
export type ImageDataset = { readonly images: ArrayBatch<Uint8Array>; readonly labels: ArrayBatch<Int32Array> };

/** Joins data and shape. @throws DomainError if their sizes differ */
export function column<A extends TypedArray>(data: A, shape: readonly number[]): ArrayBatch<A> {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size !== data.length) throw new DomainError("shape", shape, `a shape of ${data.length} numbers`);
  return { data, shape };
}

/** The number of records. @throws DomainError if the arrays do not agree on it, or there is none */
export function recordCount(dataset: { readonly [name: string]: ArrayBatch }): number {
  let count: number | undefined;
  let first = "";
  for (const [name, { data, shape }] of Object.entries(dataset)) {
    column(data, shape);
    if (count === undefined) {
      count = shape[0];
      first = name;
    } else if (shape[0] !== count) {
      throw new DomainError(`${name}.shape`, shape, `${count} records like ${first}`);
    }
  }
  if (count === undefined) throw new DomainError("dataset", dataset, "at least one array with a first axis");
  return count;
}

/**
 * The records at `indices`, in that order, as new arrays (one typed array a column, nothing else).
 * @throws DomainError for an index that is not a record
 */
export function take<D extends { readonly [name: string]: ArrayBatch }>(dataset: D, indices: ArrayLike<number>): D {
  const count = recordCount(dataset);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= count) {
      throw new DomainError(`indices[${i}]`, index, `a record from 0 to ${count - 1}`);
    }
  }
  return gather(dataset, indices);
}

/** `take` for indices that are known to be records. */
export function gather<D extends { readonly [name: string]: ArrayBatch }>(dataset: D, indices: ArrayLike<number>): D {
  const taken: Record<string, ArrayBatch> = {};
  for (const name in dataset) {
    const { data, shape } = dataset[name];
    const width = shape[0] === 0 ? 0 : data.length / shape[0];
    const rows = new (data.constructor as new (length: number) => TypedArray)(indices.length * width);
    for (let i = 0, to = 0; i < indices.length; i++) {
      const from = indices[i] * width;
      if (width > 16) {
        rows.set(data.subarray(from, from + width), to);
        to += width;
      } else {
        for (let j = 0; j < width; j++) rows[to++] = data[from + j];
      }
    }
    taken[name] = { data: rows, shape: [indices.length, ...shape.slice(1)] };
  }
  return taken as D;
}

/** Bytes 0 … 255 as float32 0 … 1, same shape. */
export function unitImages(images: ArrayBatch<Uint8Array>): ArrayBatch<Float32Array> {
  const scaled = new Float32Array(images.data.length);
  for (let i = 0; i < scaled.length; i++) scaled[i] = images.data[i] / 255;
  return { data: scaled, shape: images.shape };
}
