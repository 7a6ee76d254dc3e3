import type { DType, TypedArray } from "../dtype.ts";
import type { Model } from "../onnx/lower.ts";
import type { Shape } from "../shape.ts";

/** A typed array with the shape and dtype under which a program reads or writes it. */
export interface HostValue {
  data: TypedArray;
  shape: Shape;
  dtype: DType;
}

export interface Executable {
  /**
   * Runs the program once.
   *
   * @param inputs  one value an input, in the program's order
   * @param outputs where to write an output, or undefined for a fresh array
   * @returns one array an output
   */
  run(inputs: readonly HostValue[], outputs: readonly (HostValue | undefined)[]): Promise<TypedArray[]>;
  dispose(): Promise<void>;
}

/**
 * Mean time of a kernel, in seconds on one core, above which a second thread gains: below, waking the others costs what they
 * save. Measured on chains of layers, 0.77 against 0.67 ms at 7 µs a kernel and no difference at 4.
 */
const worthSharing = 6e-6;

/** Threads for a program: those asked for; otherwise one if its kernels are small, and all cores if not (undefined). */
export const threadsFor = ({ seconds, kernels }: Model["work"], asked: number | undefined): number | undefined =>
  asked ?? (seconds < worthSharing * kernels ? 1 : undefined);

export interface Backend {
  readonly name: string;
  /** @param threads threads asked for; undefined for what suits the program */
  compile(model: Model, threads?: number): Promise<Executable>;
}
