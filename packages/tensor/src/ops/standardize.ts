import { broadcasting } from "../batching.ts";
import { requireFloat } from "../dtype.ts";
import { DomainError, ShapeError } from "../errors.ts";
import type { Emitter } from "../onnx/emitter.ts";
import { definePrimitive, type Spec } from "../primitive.ts";
import { record } from "../record.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, neg, sub } from "./elementwise.ts";
import { mean, sum } from "./reduce.ts";

const standardizePrimitive = definePrimitive<{ epsilon: number }>({
  name: "standardize",
  infer([x]) {
    requireFloat("standardize", x.dtype);
    if (x.shape.length === 0) throw new ShapeError("standardize needs at least one axis, got a scalar");
    if (x.shape[x.shape.length - 1] === 0)
      throw new ShapeError(`standardize over the empty last axis of ${formatShape(x.shape)} has no value`);
    return [
      { shape: x.shape, dtype: x.dtype },
      { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype },
    ];
  },
  /*
   * With y = (x − μ)·s and s = (σ² + ε)^−½:
   *   through y: s·(g − mean(g) − y·mean(g·y))        through s: −g_s·s²·y/n
   */
  vjp({ inputs: [x], outputs: [y, scale] }, [g, gScale]) {
    const n = x.shape[x.shape.length - 1];
    const throughY =
      g && mul(sub(sub(g, mean(g, -1, { keepDims: true })), mul(y, mean(mul(g, y), -1, { keepDims: true }))), scale);
    const throughScale = gScale && mul(neg(mul(mul(scale, scale), mul(sum(gScale, -1, { keepDims: true }), 1 / n))), y);
    return [throughY && throughScale ? add(throughY, throughScale) : (throughY ?? throughScale)];
  },
  batch: broadcasting,
  lower({ emit, names, inputs: [x], attributes: { epsilon } }) {
    if (x.dtype === "float64") return lowerInSteps(emit, names[0], x, epsilon);
    const ones = emit.full([x.shape[x.shape.length - 1]], 1, x.dtype);
    const [y, , scale] = emit.many(3, "LayerNormalization", [names[0], ones], {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    });
    return [y, x.dtype === "float32" ? scale : emit.cast(scale, x.dtype)];
  },
  cost: ([x]) => ({ macs: 0, flops: 7 * sizeOf(x.shape) }),
});

/** The runtime's own operator gives the scale in float32. */
function lowerInSteps(emit: Emitter, name: string, { shape, dtype }: Spec, epsilon: number): string[] {
  const last = [shape.length - 1];
  const centred = emit.one("Sub", [name, emit.reduce("ReduceMean", name, last, true, dtype)]);
  const variance = emit.reduce("ReduceMean", emit.one("Mul", [centred, centred]), last, true, dtype);
  const spread = emit.one("Sqrt", [emit.one("Add", [variance, emit.scalar(epsilon, dtype)])]);
  const scale = emit.one("Reciprocal", [spread]);
  return [emit.one("Mul", [centred, scale]), scale];
}

/**
 * Zero mean and unit variance along the last axis: (x − μ)/√(σ² + ε), σ² of the population. The heart of layer, group and
 * instance normalisation.
 */
export const standardize = (x: Tensor, epsilon = 1e-5): Tensor => standardizeWithScale(x, epsilon).values;

/** `standardize`, and the factor 1/√(σ² + ε) of each vector, [..., 1]. */
export function standardizeWithScale(x: Tensor, epsilon = 1e-5): { values: Tensor; scale: Tensor } {
  if (!(epsilon >= 0)) throw new DomainError(`standardize: epsilon must be at least 0, got ${epsilon}`);
  const [values, scale] = record(standardizePrimitive, [x], { epsilon });
  return { values, scale };
}
