import { integerConv, integerMatmul } from "../../src/ops/integer-product.ts";
import { dequantize, fakeQuantize, quantize } from "../../src/ops/quantize.ts";
import { QuantizedWeights, quantizedConv, quantizedLinear } from "../../src/ops/quantized-layers.ts";
import type { Tensor } from "../../src/tensor.ts";
import type { Draw } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

type Byte = "int8" | "uint8";
const aByte = (draw: Draw): Byte => draw.pick<Byte>("int8", "uint8");

const byteTensor = (draw: Draw, shape: number[], dtype: Byte): Tensor =>
  dtype === "int8" ? draw.wholes(shape, -128, 127, dtype) : draw.wholes(shape, 0, 255, dtype);

/** A scale or zero point for the whole tensor, or along one axis. */
function parameters(draw: Draw, shape: number[], dtype: Byte) {
  const perChannel = shape.length > 0 && draw.pick(true, false);
  const axis = perChannel ? draw.axis(shape) : undefined;
  const length = axis === undefined ? [] : [shape.at(axis) as number];
  return {
    axis,
    scale: draw.floats(length, { low: 0.02, high: 0.3 }),
    zero: byteTensor(draw, length, dtype),
  };
}

/** Powers of two: every rescaled sum is exact in float32, so that halves round the same way everywhere. */
function layer(draw: Draw, shape: number[]) {
  const channels = shape[0];
  const perChannel = draw.pick(true, false);
  const scales = Array.from({ length: perChannel ? channels : 1 }, () => draw.pick(0.5, 0.25, 0.125));
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Int8Array.from({ length: size }, () => draw.whole(-128, 127));
  return {
    weight: new QuantizedWeights(values, shape, perChannel ? scales : scales[0]),
    options: {
      input: { scale: draw.pick(0.5, 0.25), zeroPoint: draw.whole(0, 255) },
      output: { scale: draw.pick(8, 64), zeroPoint: draw.pick(0, 128, 255) },
      relu: draw.pick(true, false),
      bias: draw.pick(undefined, scales.length < channels ? undefined : scales.map(() => draw.whole(-400, 400))),
    },
  };
}

export const quantizationCases: OperationCase[] = [
  {
    name: "quantize and dequantize",
    trial: (draw) => {
      const shape = draw.shape();
      const dtype = aByte(draw);
      const { axis, scale, zero } = parameters(draw, shape, dtype);
      return {
        inputs: [draw.floats(shape, { low: -40, high: 40 })],
        apply: (x) => quantize(x, scale, zero, { dtype, axis }),
      };
    },
  },
  {
    name: "dequantize, in the scale",
    derivatives: 2,
    trial: (draw) => {
      const shape = draw.shape();
      const dtype = aByte(draw);
      const { axis, scale, zero } = parameters(draw, shape, dtype);
      const q = byteTensor(draw, shape, dtype);
      return { inputs: [scale], apply: (s) => dequantize(q, s.mul(s), zero, { axis }) };
    },
  },
  {
    name: "fakeQuantize: values",
    derivatives: 0,
    trial: (draw) => {
      const shape = draw.shape();
      const { axis, scale } = parameters(draw, shape, "int8");
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => fakeQuantize(x, scale, { axis, bits: draw.whole(2, 8), signed: draw.pick(true, false) }),
      };
    },
  },
  {
    name: "integerMatmul",
    trial: (draw) => {
      const [m, k, n] = [draw.length(4), draw.length(5), draw.length(4)];
      const [a, b] = [aByte(draw), aByte(draw)];
      const batch = draw.pick<number[]>([], [2], [1, 2]);
      const other = draw.pick<number[]>([], batch);
      const zeroA = byteTensor(draw, [], a);
      const zeroB = byteTensor(draw, other.length === 0 && draw.pick(true, false) ? [n] : [], b);
      return {
        inputs: [byteTensor(draw, [...batch, m, k], a), byteTensor(draw, [...other, k, n], b)],
        apply: (x, y) => integerMatmul(x, y, { zeroA, zeroB }),
      };
    },
  },
  {
    name: "integerConv",
    empty: false,
    trial: (draw) => {
      const [a, b] = [aByte(draw), aByte(draw)];
      const axes = draw.whole(1, 2);
      const groups = draw.pick(1, 2);
      const each = (low: number, high: number) => Array.from({ length: axes }, () => draw.whole(low, high));
      const options = { groups, stride: each(1, 2), padding: each(0, 2), dilation: each(1, 2) };
      const zeroX = byteTensor(draw, [], a);
      const zeroWeight = byteTensor(draw, [], b);
      return {
        inputs: [
          byteTensor(draw, [draw.whole(1, 2), 2 * groups, ...each(5, 6)], a),
          byteTensor(draw, [2 * groups, 2, ...each(1, 3)], b),
        ],
        apply: (x, w) => integerConv(x, w, { ...options, zeroX, zeroWeight }),
      };
    },
  },
  {
    name: "quantizedLinear",
    trial: (draw) => {
      const [out, width] = [draw.whole(1, 4), draw.whole(1, 6)];
      const { weight, options } = layer(draw, [out, width]);
      return {
        inputs: [byteTensor(draw, [...draw.shape(0, 2), width], "uint8")],
        apply: (x) => quantizedLinear(x, weight, options),
      };
    },
  },
  {
    name: "quantizedConv",
    empty: false,
    trial: (draw) => {
      const groups = draw.pick(1, 2);
      const each = (low: number, high: number) => Array.from({ length: 2 }, () => draw.whole(low, high));
      const { weight, options } = layer(draw, [2 * groups, 2, ...each(1, 3)]);
      const window = { groups, stride: each(1, 2), padding: each(0, 1), dilation: each(1, 2) };
      return {
        inputs: [byteTensor(draw, [draw.whole(1, 2), 2 * groups, ...each(5, 6)], "uint8")],
        apply: (x) => quantizedConv(x, weight, { ...options, ...window }),
      };
    },
  },
];
