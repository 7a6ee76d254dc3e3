import { DomainError, ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../shape.ts";

/** A number for every spatial axis, or one a axis. */
export type PerAxis = number | readonly number[];

export interface ConvOptions {
  stride?: PerAxis;
  /** Zeros on both sides; "same" keeps the length at stride 1; pairs give [before, after] of each axis. */
  padding?: PerAxis | "same" | "valid" | readonly (readonly [number, number])[];
  dilation?: PerAxis;
  /** Channels are split into this many groups that do not mix; as many as channels is a depthwise convolution. */
  groups?: number;
}

/** A convolution's geometry with everything spelled out, one entry a spatial axis. */
export interface ConvGeometry {
  stride: readonly number[];
  before: readonly number[];
  after: readonly number[];
  dilation: readonly number[];
  groups: number;
}

export function perAxis(name: string, value: PerAxis, axes: number, least: number): number[] {
  const list = typeof value === "number" ? Array.from({ length: axes }, () => value) : [...value];
  if (list.length !== axes || list.some((n) => !Number.isInteger(n) || n < least)) {
    throw new DomainError(
      `${name} must be a whole number of at least ${least}, or one for each of the ${axes} spatial axes; got ${JSON.stringify(value)}`,
    );
  }
  return list;
}

/** Padding of each spatial axis. */
export function paddingOf(
  name: string,
  padding: ConvOptions["padding"],
  kernel: Shape,
  dilation: readonly number[],
): Pick<ConvGeometry, "before" | "after"> {
  const axes = kernel.length;
  if (padding === "same") {
    const total = kernel.map((k, i) => dilation[i] * (k - 1));
    return { before: total.map((n) => Math.floor(n / 2)), after: total.map((n) => Math.ceil(n / 2)) };
  }
  if (Array.isArray(padding) && padding.some(Array.isArray)) {
    const pairs = padding as readonly (readonly [number, number])[];
    return {
      before: perAxis(
        name,
        pairs.map(([b]) => b),
        axes,
        0,
      ),
      after: perAxis(
        name,
        pairs.map(([, a]) => a),
        axes,
        0,
      ),
    };
  }
  const both = perAxis(name, padding === "valid" || padding === undefined ? 0 : (padding as PerAxis), axes, 0);
  return { before: both, after: both };
}

export function geometryOf(
  name: string,
  kernel: Shape,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions,
): ConvGeometry {
  const spread = perAxis(`${name}: dilation`, dilation, kernel.length, 1);
  if (!Number.isInteger(groups) || groups < 1)
    throw new DomainError(`${name}: groups must be a whole number of at least 1, got ${groups}`);
  return {
    stride: perAxis(`${name}: stride`, stride, kernel.length, 1),
    ...paddingOf(`${name}: padding`, padding, kernel, spread),
    dilation: spread,
    groups,
  };
}

/** Lengths of the output: ⌊(n + padding − dilation·(k − 1) − 1) / stride⌋ + 1. */
export function windowCounts(
  name: string,
  lengths: Shape,
  kernel: Shape,
  { stride, before, after, dilation }: Omit<ConvGeometry, "groups">,
): number[] {
  return lengths.map((n, i) => {
    const room = n + before[i] + after[i] - dilation[i] * (kernel[i] - 1) - 1;
    if (room < 0) {
      throw new ShapeError(
        `${name}: a kernel of ${formatShape(kernel)} (dilation ${formatShape(dilation)}) does not fit into ${formatShape(lengths)} with padding ${formatShape(before)}, ${formatShape(after)}`,
      );
    }
    return Math.floor(room / stride[i]) + 1;
  });
}

/** Attributes of ONNX's operators over windows. */
export const onnxGeometry = ({ stride, before, after, dilation, groups }: ConvGeometry, kernel: Shape) => ({
  strides: { ints: stride },
  pads: { ints: [...before, ...after] },
  dilations: { ints: dilation },
  group: { int: groups },
  kernel_shape: { ints: kernel },
});

/**
 * The geometry of the convolution that is the input gradient of one at stride 1, of a kernel turned round: undefined where the padding
 * reaches beyond the kernel, or at another stride.
 */
export function turnedGeometry(
  { stride, before, after, dilation, groups }: ConvGeometry,
  kernel: Shape,
): ConvGeometry | undefined {
  const reach = kernel.map((k, i) => dilation[i] * (k - 1));
  const fits = before.every((b, i) => b <= reach[i] && after[i] <= reach[i]);
  if (!fits || stride.some((s) => s !== 1)) return undefined;
  return {
    stride,
    before: reach.map((r, i) => r - before[i]),
    after: reach.map((r, i) => r - after[i]),
    dilation,
    groups,
  };
}
