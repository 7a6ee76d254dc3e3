import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { type Shape, sameShape, sizeOf } from "../../shape.ts";
import { planeShape } from "./line-as-plane.ts";
import { toBlocks } from "./order.ts";

/*
 * What works value by value works in any order of the values. Where one operand is the result of a convolution in blocks, the
 * others follow it there, and so does the result: between two convolutions nothing returns to the plain order.
 */

/** An operand of one value, or of one a channel (of each example or of all), which is repeated over the places. */
function smallInBlocks(emit: Emitter, name: string, { shape }: Spec, full: Shape): string | undefined {
  if (sizeOf(shape) === 1) return name;
  const [batch, channels, height, width] = full;
  const padded = [...new Array(4 - Math.min(4, shape.length)).fill(1), ...shape];
  const [examples] = padded;
  if (!sameShape(padded, [examples, channels, 1, 1]) || (examples !== 1 && examples !== batch)) return undefined;
  const { block } = emit;
  return emit.recent(`blocks ${name} over ${height} ${width}`, () => {
    const rows = (examples * channels) / block;
    const vectors = emit.reshape(name, [rows, 1, block]);
    const repeated = emit.one("Expand", [vectors, emit.int64([rows, height * width, block])]);
    return emit.reshape(repeated, [examples, channels, height, width]);
  });
}

/**
 * The operands of an operation that works value by value, in blocks: undefined where none of them is there already.
 *
 * @param out of the result, which has the shape of the largest operands
 */
export function operandsInBlocks(
  emit: Emitter,
  names: readonly string[],
  specs: readonly Spec[],
  out: Spec,
): { names: string[]; inputs: Spec[]; outputs: Spec[] } | undefined {
  if (emit.block === 0 || [...specs, out].some(({ dtype }) => dtype !== "float32")) return undefined;
  const { length } = out.shape;
  if ((length !== 3 && length !== 4) || out.shape[1] % emit.block !== 0 || sizeOf(out.shape) === 0) return undefined;
  const full = planeShape(out.shape);
  const whole = specs.map(({ shape }) => sameShape(shape, out.shape));
  if (!names.some((name, i) => whole[i] && emit.blocksOf(name, full) !== undefined)) return undefined;
  const small = specs.map((spec, i) =>
    whole[i] ? undefined : smallInBlocks(emit, names[i], length === 3 ? asPlane(spec) : spec, full),
  );
  if (small.some((name, i) => name === undefined && !whole[i])) return undefined;
  return {
    names: names.map((name, i) => small[i] ?? toBlocks(emit, length === 3 ? emit.reshape(name, full) : name, full)),
    inputs: specs.map(({ shape, dtype }, i) => ({
      shape: whole[i] ? full : sizeOf(shape) === 1 ? shape : [shape.length === length ? shape[0] : 1, ...full.slice(1)],
      dtype,
    })),
    outputs: [{ shape: full, dtype: out.dtype }],
  };
}

/** A vector over the channels of a line as one over those of a plane. */
const asPlane = ({ shape, dtype }: Spec): Spec => ({ shape: shape.length < 2 ? shape : [...shape, 1], dtype });
