import { joined, parted } from "../batching.ts";
import { requireFloat } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { definePrimitive } from "../primitive.ts";
import { full, recordOne } from "../record.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { convTranspose } from "./conv.ts";
import {
  type ConvGeometry,
  type ConvOptions,
  type PerAxis,
  paddingOf,
  perAxis,
  windowCounts,
} from "./conv-geometry.ts";
import { kernelOffsets } from "./conv-weight-gradient.ts";
import { add, cast, div, equal, mul } from "./elementwise.ts";
import { pad, slice } from "./movement.ts";
import { mean } from "./reduce.ts";

export interface PoolOptions {
  kernel: PerAxis;
  /** The kernel when absent: windows side by side. */
  stride?: PerAxis;
  padding?: ConvOptions["padding"];
}

interface PoolAttributes extends Omit<ConvGeometry, "groups"> {
  kernel: Shape;
}

function attributesOf(name: string, x: Tensor, { kernel, stride = kernel, padding = 0 }: PoolOptions): PoolAttributes {
  const axes = x.shape.length - 2;
  if (axes < 1) throw new ShapeError(`${name} needs [batch, channels, ...spatial], got ${formatShape(x.shape)}`);
  requireFloat(name, x.dtype);
  const window = perAxis(`${name}: kernel`, kernel, axes, 1);
  const dilation = window.map(() => 1);
  return {
    kernel: window,
    stride: perAxis(`${name}: stride`, stride, axes, 1),
    ...paddingOf(`${name}: padding`, padding, window, dilation),
    dilation,
  };
}

const onnxWindow = ({ kernel, stride, before, after }: PoolAttributes) => ({
  kernel_shape: { ints: kernel },
  strides: { ints: stride },
  pads: { ints: [...before, ...after] },
});

const pooledSpec =
  (name: string) =>
  ([x]: readonly { shape: Shape; dtype: Tensor["dtype"] }[], attributes: PoolAttributes) => [
    {
      shape: [...x.shape.slice(0, 2), ...windowCounts(name, x.shape.slice(2), attributes.kernel, attributes)],
      dtype: x.dtype,
    },
  ];

const lowestFloat = -3.4028234663852886e38;

const maxPoolPrimitive = definePrimitive<PoolAttributes>({
  name: "maxPool",
  infer: pooledSpec("maxPool"),
  vjp({ inputs: [x], outputs: [y], attributes: { kernel, stride, before, after } }, [g]) {
    if (!g) return [undefined];
    // The gradient of a window goes to its winners, in equal parts where several tie.
    const around = before.map((b, i) => ({ axis: i + 2, before: b, after: after[i] }));
    const padded = pad(x, around, lowestFloat);
    const windows = kernelOffsets(kernel).map((offset) =>
      offset.map((o, i) => ({ axis: i + 2, start: o, end: o + (y.shape[i + 2] - 1) * stride[i] + 1, step: stride[i] })),
    );
    const wins = windows.map((window) => cast(equal(slice(padded, window), y), g.dtype));
    const share = div(g, wins.reduce(add));
    const spread = windows.map((window, i) => placeWindow(mul(wins[i], share), padded.shape, window));
    return [
      slice(
        spread.reduce(add),
        around.map(({ axis, before: b }) => ({ axis, start: b, end: b + x.shape[axis] })),
      ),
    ];
  },
  batch: ({ inputs: [x], attributes, size, again }) => again([joined(x)], attributes).map((y) => parted(y, size)),
  lower: ({ emit, names, attributes }) => [emit.one("MaxPool", names, onnxWindow(attributes))],
  cost: (_, [y], { kernel }) => ({ macs: 0, flops: sizeOf(y.shape) * sizeOf(kernel) }),
});

/** Window values laid back where they were read, zeros elsewhere. */
function placeWindow(
  values: Tensor,
  shape: Shape,
  window: readonly { axis: number; start: number; step: number }[],
): Tensor {
  const channels = values.shape[1];
  const stride = window.map(({ step }) => step);
  const ones = full([channels, 1, ...stride.map(() => 1)], 1, values.dtype);
  const wide = stride.every((s) => s === 1) ? values : convTranspose(values, ones, { stride, groups: channels });
  return pad(
    wide,
    window.map(({ axis, start }) => ({ axis, before: start, after: shape[axis] - start - wide.shape[axis] })),
  );
}

/**
 * The largest value of each window.
 *
 * @param x [batch, channels, ...spatial]
 * @returns [batch, channels, ...positions]
 */
export const maxPool = (x: Tensor, options: PoolOptions): Tensor =>
  recordOne(maxPoolPrimitive, [x], attributesOf("maxPool", x, options));

const avgPoolPrimitive = definePrimitive<PoolAttributes>({
  name: "avgPool",
  infer: pooledSpec("avgPool"),
  vjp({ inputs: [x], outputs: [y], attributes: { kernel, stride, before, after } }, [g]) {
    if (!g) return [undefined];
    const channels = x.shape[1];
    const weights = full([channels, 1, ...kernel], 1 / sizeOf(kernel), x.dtype);
    const outputPadding = kernel.map(
      (k, i) => x.shape[i + 2] + before[i] + after[i] - ((y.shape[i + 2] - 1) * stride[i] + k),
    );
    const wide = convTranspose(g, weights, { stride, groups: channels });
    const whole = pad(
      wide,
      outputPadding.map((n, i) => ({ axis: i + 2, before: 0, after: n })),
    );
    return [
      slice(
        whole,
        before.map((b, i) => ({ axis: i + 2, start: b, end: b + x.shape[i + 2] })),
      ),
    ];
  },
  batch: ({ inputs: [x], attributes, size, again }) => again([joined(x)], attributes).map((y) => parted(y, size)),
  lower: ({ emit, names, attributes }) => [
    emit.one("AveragePool", names, { ...onnxWindow(attributes), count_include_pad: { int: 1 } }),
  ],
  cost: (_, [y], { kernel }) => ({ macs: 0, flops: sizeOf(y.shape) * sizeOf(kernel) }),
});

/** The mean of each window; padding counts as zeros. Shapes as `maxPool`. */
export const avgPool = (x: Tensor, options: PoolOptions): Tensor =>
  recordOne(avgPoolPrimitive, [x], attributesOf("avgPool", x, options));

/** The mean over all positions: [batch, channels, ...spatial] → [batch, channels]. */
export const globalAveragePool = (x: Tensor): Tensor =>
  mean(
    x,
    x.shape.slice(2).map((_, i) => i + 2),
  );
