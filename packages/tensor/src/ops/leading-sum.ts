import type { DType } from "../dtype.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { type Shape, sizeOf } from "../shape.ts";

/**
 * The sum over the first `count` axes, as the product 1ᵀ X with a vector of ones: the runtime's own sum over them takes
 * twice as long on one thread and, for few columns, up to forty times as long on two.
 *
 * @param name of a tensor of this shape, no axis empty
 */
export function leadingSum(emit: Emitter, name: string, shape: Shape, count: number, dtype: DType): string {
  const rest = shape.slice(count);
  if (dtype !== "float32" && dtype !== "float64")
    return emit.reduce(
      "ReduceSum",
      name,
      Array.from({ length: count }, (_, axis) => axis),
      false,
      dtype,
    );
  const [rows, columns] = [sizeOf(shape.slice(0, count)), sizeOf(rest)];
  const matrix = shape.length === 2 ? name : emit.reshape(name, [rows, columns]);
  const sums = emit.one("MatMul", [emit.full([rows], 1, dtype), matrix]);
  return rest.length === 1 ? sums : emit.reshape(sums, rest);
}
