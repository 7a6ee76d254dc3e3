import { type Buffer, concat, type Parameter, reshape, slice, type Tensor } from "@paperworks/tensor";

/** Where a parameter's values lie in a flat vector. */
export interface Segment {
  parameter: Parameter;
  start: number;
  size: number;
}

/** Parameters laid end to end. */
export function layOut(parameters: readonly Parameter[]): Segment[] {
  let start = 0;
  return parameters.map((parameter) => {
    start += parameter.size;
    return { parameter, start: start - parameter.size, size: parameter.size };
  });
}

export const flatten = (tensors: readonly Tensor[]): Tensor =>
  // Recorded from the last to the first, as gradients become ready.
  concat(
    tensors
      .toReversed()
      .map((t) => reshape(t, [t.size]))
      .reverse(),
  );

export const range = (flat: Tensor, start: number, size: number): Tensor =>
  slice(flat, [{ axis: 0, start, end: start + size }]);

/** Stretches of a flat vector: those of trainable parameters, and those between. */
interface Run {
  start: number;
  size: number;
  trainable: boolean;
}

function runsOf(segments: readonly Segment[]): Run[] {
  const runs: Run[] = [];
  for (const { parameter, start, size } of segments) {
    const last = runs.at(-1);
    if (last?.trainable === parameter.trainable) last.size += size;
    else runs.push({ start, size, trainable: parameter.trainable });
  }
  return runs;
}

/** The part of a state vector that belongs to trainable parameters. */
export function takeTrainable(state: Tensor, segments: readonly Segment[]): Tensor {
  const runs = runsOf(segments).filter(({ trainable }) => trainable);
  return concat(runs.map(({ start, size }) => range(state, start, size)));
}

/** Assigns the part of a state vector that belongs to trainable parameters; the rest stays. */
export function putTrainable(state: Buffer, segments: readonly Segment[], values: Tensor): void {
  const before = state.resolve();
  let taken = 0;
  const parts = runsOf(segments).map(({ start, size, trainable }) => {
    if (!trainable) return range(before, start, size);
    taken += size;
    return range(values, taken - size, size);
  });
  state.assign(concat(parts));
}
