import type { DType } from "../../src/dtype.ts";
import { eachProduct } from "./contraction.ts";
import { byPosition, filled, flatIndex, type Rule, type Value } from "./value.ts";

const range: Partial<Record<DType, [number, number]>> = { int8: [-128, 127], uint8: [0, 255] };

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 === 0 ? down : down + 1;
}

const saturated = (value: number, dtype: DType): number => {
  const [low, high] = range[dtype] as [number, number];
  return Math.min(Math.max(value, low), high);
};

/** A scale or zero point at a position: one for all, or one along an axis. */
const at = (parameter: Value, position: readonly number[], axis: number | undefined): number =>
  parameter.data[axis === undefined ? 0 : position[axis]];

/** Weights, bias, scales as the runtime holds them: float32. */
const rescale = (sum: number, channel: number, { weight, input, output, bias, relu }: Layer): number => {
  const scale = weight.scale[weight.scale.length === 1 ? 0 : channel];
  const value = roundHalfEven(((sum + (bias?.[channel] ?? 0)) * input.scale * scale) / output.scale);
  return Math.max(saturated(value + output.zeroPoint, "uint8"), relu ? output.zeroPoint : 0);
};

interface Layer {
  weight: { values: Int8Array; shape: readonly number[]; scale: Float32Array };
  input: { scale: number; zeroPoint: number };
  output: { scale: number; zeroPoint: number };
  bias?: readonly number[];
  relu: boolean;
}

export const quantizationRules: Record<string, Rule> = {
  quantize: ({ inputs: [x, scale, zero], outputs: [y], attributes: { axis, dtype } }) => [
    byPosition(y, (position) => {
      const ratio = x.data[flatIndex(x.shape, position)] / at(scale, position, axis);
      return saturated(roundHalfEven(ratio) + at(zero, position, axis), dtype);
    }),
  ],
  dequantize: ({ inputs: [q, scale, zero], outputs: [y], attributes: { axis } }) => [
    byPosition(
      y,
      (position) => at(scale, position, axis) * (q.data[flatIndex(q.shape, position)] - at(zero, position, axis)),
    ),
  ],
  integerMatmul: ({ inputs: [a, b, zeroA, zeroB], outputs: [y] }) => {
    const inner = a.shape[a.shape.length - 1];
    const place = (shape: readonly number[], position: number[], row: number, column: number) =>
      flatIndex(shape, [...position.slice(0, -2).slice(position.length - shape.length), row, column]);
    return [
      byPosition(y, (position) => {
        const [i, j] = position.slice(-2);
        const zero = zeroB.data[zeroB.shape.length === 0 ? 0 : j];
        let sum = 0;
        for (let k = 0; k < inner; k++)
          sum +=
            (a.data[place(a.shape, position, i, k)] - zeroA.data[0]) * (b.data[place(b.shape, position, k, j)] - zero);
        return sum;
      }),
    ];
  },
  integerConv: ({ inputs: [x, w, zeroX, zeroW], outputs: [y], attributes }) => {
    const out = filled(y.shape);
    eachProduct(x.shape, w.shape, y.shape.slice(2), attributes, (i, j, k) => {
      out[k] += (x.data[i] - zeroX.data[0]) * (w.data[j] - zeroW.data[0]);
    });
    return [out];
  },
  quantizedLinear: ({ inputs: [x], outputs: [y], attributes: layer }) => {
    const [out, width] = layer.weight.shape;
    return [
      byPosition(y, ([row, channel]) => {
        let sum = 0;
        for (let k = 0; k < width; k++)
          sum += (x.data[row * width + k] - layer.input.zeroPoint) * layer.weight.values[channel * width + k];
        return rescale(sum, channel % out, layer);
      }),
    ];
  },
  quantizedConv: ({ inputs: [x], outputs: [y], attributes: { layer, geometry } }) => {
    const sums = filled(y.shape);
    eachProduct(x.shape, layer.weight.shape, y.shape.slice(2), geometry, (i, j, k) => {
      sums[k] += (x.data[i] - layer.input.zeroPoint) * layer.weight.values[j];
    });
    return [byPosition(y, (position) => rescale(sums[flatIndex(y.shape, position)], position[1], layer))];
  },
};
