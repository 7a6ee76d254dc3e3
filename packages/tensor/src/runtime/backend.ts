import type { DType, TypedArray } from "../dtype.ts";
import type { Program } from "../onnx/lower.ts";
import type { Shape } from "../shape.ts";
import { settings } from "./settings.ts";

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
 * Floating-point operations below which a kernel gains nothing from a second thread: waking the other threads then costs
 * what they save, and they are lost to whatever else the machine does.
 */
const worthSharing = 750_000;

/** Threads for a program: those that are set; otherwise one if its kernels are small, and all cores if not (undefined). */
export const threadsFor = ({ work: { flops, kernels } }: Program): number | undefined =>
  settings.threads ?? (flops < worthSharing * kernels ? 1 : undefined);

export interface Backend {
  readonly name: string;
  compile(program: Program): Promise<Executable>;
}
