import type { DType, TypedArray } from "../dtype.ts";
import type { OrtLibrary } from "./runtime.ts";

/**
 * The native library, with tensors whose half-precision numbers its binding can read: it takes a Float16Array for one of no bytes
 * ("not enough space"), and the same bits as 16-bit words for what they are.
 */
export function readingHalfPrecision({ InferenceSession, Tensor }: OrtLibrary): OrtLibrary {
  class NativeTensor extends Tensor {
    constructor(type: DType, values: TypedArray, dims: readonly number[]) {
      super(type, values, dims);
      if (type === "float16") {
        const words = new Uint16Array(values.buffer, values.byteOffset, values.length);
        Object.defineProperty(this, "data", { value: words });
      }
    }
  }
  return { InferenceSession, Tensor: NativeTensor };
}
