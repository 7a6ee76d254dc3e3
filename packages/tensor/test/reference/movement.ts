import { byPosition, filled, flatIndex, type Rule } from "./value.ts";

export const movementRules: Record<string, Rule> = {
  reshape: ({ inputs: [x] }) => [x.data.slice()],
  permute: ({ inputs: [x], outputs: [y], attributes: { order } }) => [
    byPosition(y, (position) => {
      const source = x.shape.map(() => 0);
      order.forEach((axis: number, i: number) => {
        source[axis] = position[i];
      });
      return x.data[flatIndex(x.shape, source)];
    }),
  ],
  expand: ({ inputs: [x], outputs: [y] }) => [byPosition(y, (position) => x.data[flatIndex(x.shape, position)])],
  pad: ({ inputs: [x], outputs: [y], attributes: { before, value } }) => [
    byPosition(y, (position) => {
      const source = position.map((p, axis) => p - before[axis]);
      return source.every((p, axis) => p >= 0 && p < x.shape[axis]) ? x.data[flatIndex(x.shape, source)] : value;
    }),
  ],
  slice: ({ inputs: [x], outputs: [y], attributes: { starts, steps } }) => [
    byPosition(y, (position) => {
      const source = position.map((p, axis) => starts[axis] + p * steps[axis]);
      return x.data[flatIndex(x.shape, source)];
    }),
  ],
  concat: ({ inputs, outputs: [y], attributes: { axis } }) => {
    if (y.shape.includes(0)) return [filled(y.shape)];
    return [
      byPosition(y, (position) => {
        let offset = position[axis];
        const part = inputs.find((x) => {
          if (offset < x.shape[axis]) return true;
          offset -= x.shape[axis];
          return false;
        }) as (typeof inputs)[number];
        return part.data[
          flatIndex(
            part.shape,
            position.map((p, a) => (a === axis ? offset : p)),
          )
        ];
      }),
    ];
  },
  split: ({ inputs: [x], outputs, attributes: { axis, lengths } }) =>
    outputs.map((part, i) => {
      const start = lengths.slice(0, i).reduce((sum: number, n: number) => sum + n, 0);
      return byPosition(part, (position) => {
        const source = position.map((p, a) => (a === axis ? p + start : p));
        return x.data[flatIndex(x.shape, source)];
      });
    }),
};
