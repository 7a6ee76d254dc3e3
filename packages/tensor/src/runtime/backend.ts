import type { DType, TypedArray } from "../dtype.ts";
import type { Program } from "../onnx/lower.ts";
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

export interface Backend {
  readonly name: string;
  compile(program: Program): Promise<Executable>;
}
