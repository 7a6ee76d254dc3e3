import { shifted } from "../batching.ts";
import { requireFloat } from "../dtype.ts";
import { definePrimitive } from "../primitive.ts";
import { recordOne } from "../record.ts";
import { normalizeAxis, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { exp, mul, sub } from "./elementwise.ts";
import { sum } from "./reduce.ts";

const softmaxPrimitive = definePrimitive<{ axis: number; log: boolean }>({
  name: "softmax",
  infer([x], { log: isLog }) {
    requireFloat(isLog ? "logSoftmax" : "softmax", x.dtype);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp({ outputs: [y], attributes: { axis, log: isLog } }, [g]) {
    if (!g) return [undefined];
    if (isLog) return [sub(g, mul(exp(y), sum(g, axis, { keepDims: true })))];
    return [mul(y, sub(g, weightedSum(y, g, axis)))];
  },
  batch: shifted(({ axis, ...rest }) => ({ axis: axis + 1, ...rest })),
  lower: ({ emit, names, attributes: { axis, log: isLog } }) => [
    emit.one(isLog ? "LogSoftmax" : "Softmax", names, { axis: { int: axis } }),
  ],
  cost: ([x]) => ({ macs: 0, flops: 5 * sizeOf(x.shape) }),
});

/**
 * Σ y g along the axis. Where y are the weights of an attention, Z = y V, their gradient is g = G Vᵀ, and the sum is that of Z G
 * along the width of the values: far fewer than the weights, and Z is there from the forward pass (as in FlashAttention, Dao et
 * al., 2022).
 */
function weightedSum(y: Tensor, g: Tensor, axis: number): Tensor {
  const { primitive, inputs, attributes } = g.node;
  const along = { keepDims: true };
  if (primitive.name === "matmul" && axis === y.rank - 1) {
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
    const [G, V] = inputs;
    const sources = y.shape[axis];
    if (!transposeA && G.rank === y.rank && V.rank === y.rank && G.shape[axis] < sources) {
      const Z = recordOne(primitive, [y, V], { transposeA, transposeB: !transposeB });
      return sum(mul(Z, G), axis, along);
    }
  }
  return sum(mul(y, g), axis, along);
}

/** eˣ / Σ eˣ along an axis. */
export const softmax = (x: Tensor, axis = -1): Tensor =>
  recordOne(softmaxPrimitive, [x], { axis: normalizeAxis("softmax", axis, x.shape.length), log: false });
/** x − log Σ eˣ along an axis. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor =>
  recordOne(softmaxPrimitive, [x], { axis: normalizeAxis("logSoftmax", axis, x.shape.length), log: true });
