import { type DType, isInteger } from "../../src/dtype.ts";
import { byPosition, eachPosition, filled, flatIndex, type Rule } from "./value.ts";

/** Negative indices count from the end. */
const wrapIndex = (index: number, length: number): number => (index < 0 ? index + length : index);

const replaced = (position: readonly number[], axis: number, value: number): number[] =>
  position.map((p, a) => (a === axis ? value : p));

const lowestWhole: Partial<Record<DType, number>> = {
  int8: -128,
  uint8: 0,
  int32: -(2 ** 31),
  uint32: 0,
  int64: -(2 ** 63),
};
const lowest = (dtype: DType): number =>
  isInteger(dtype)
    ? (lowestWhole[dtype] as number)
    : dtype === "float32"
      ? -3.4028234663852886e38
      : dtype === "float16"
        ? -65504
        : -Number.MAX_VALUE;

export const indexingRules: Record<string, Rule> = {
  gather: ({ inputs: [x, indices], outputs: [y], attributes: { axis } }) => {
    const rank = indices.shape.length;
    return [
      byPosition(y, (position) => {
        const index = indices.data[flatIndex(indices.shape, position.slice(axis, axis + rank))];
        const at = [...position.slice(0, axis), wrapIndex(index, x.shape[axis]), ...position.slice(axis + rank)];
        return x.data[flatIndex(x.shape, at)];
      }),
    ];
  },
  segmentSum: ({ inputs: [rows, ids], outputs: [y], attributes: { count } }) => {
    const out = filled(y.shape);
    eachPosition(rows.shape, (position, flat) => {
      out[flatIndex(y.shape, replaced(position, 0, wrapIndex(ids.data[position[0]], count)))] += rows.data[flat];
    });
    return [out];
  },
  segmentMax: ({ inputs: [rows, ids], outputs: [y], attributes: { count } }) => {
    const out = filled(y.shape, lowest(y.dtype));
    eachPosition(rows.shape, (position, flat) => {
      const at = flatIndex(y.shape, replaced(position, 0, wrapIndex(ids.data[position[0]], count)));
      out[at] = Math.max(out[at], rows.data[flat]);
    });
    return [out];
  },
  takeAlongAxis: ({ inputs: [x, indices], outputs: [y], attributes: { axis } }) => [
    byPosition(y, (position) => {
      const index = wrapIndex(indices.data[flatIndex(indices.shape, position)], x.shape[axis]);
      return x.data[flatIndex(x.shape, replaced(position, axis, index))];
    }),
  ],
  scatterAlongAxis: ({ inputs: [values, indices], outputs: [y], attributes: { axis, length } }) => {
    const out = filled(y.shape);
    eachPosition(values.shape, (position, flat) => {
      out[flatIndex(y.shape, replaced(position, axis, wrapIndex(indices.data[flat], length)))] += values.data[flat];
    });
    return [out];
  },
  topK: ({ inputs: [x], outputs: [y], attributes: { k, axis, largest } }) => {
    const [values, indices] = [filled(y.shape), filled(y.shape)];
    eachPosition(
      x.shape.map((n, a) => (a === axis ? 1 : n)),
      (position) => {
        const line = Array.from(
          { length: x.shape[axis] },
          (_, i) => x.data[flatIndex(x.shape, replaced(position, axis, i))],
        );
        const order = line.map((_, i) => i).sort((i, j) => (largest ? line[j] - line[i] : line[i] - line[j]) || i - j);
        for (let rank = 0; rank < k; rank++) {
          const at = flatIndex(y.shape, replaced(position, axis, rank));
          values[at] = line[order[rank]];
          indices[at] = order[rank];
        }
      },
    );
    return [values, indices];
  },
};
