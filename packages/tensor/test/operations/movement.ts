import { tanh } from "../../src/ops/elementwise.ts";
import { flip, roll } from "../../src/ops/flip-and-roll.ts";
import * as op from "../../src/ops/movement.ts";
import { rearrange } from "../../src/ops/rearrange.ts";
import type { Draw } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

function someRange(draw: Draw, shape: readonly number[]): op.AxisRange {
  const axis = draw.axis(shape);
  const n = shape.at(axis < 0 ? axis : axis) as number;
  const maybe = (value: number) => (draw.whole(0, 2) === 0 ? undefined : value);
  return {
    axis,
    start: maybe(draw.whole(-n - 1, n + 1)),
    end: maybe(draw.whole(-n - 1, n + 1)),
    step: draw.pick(1, 2, 3, -1, -2),
  };
}

export const movementCases: OperationCase[] = [
  {
    name: "reshape",
    trial: (draw) => {
      const shape = draw.shape(1);
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => [op.reshape(x, [...shape].reverse()), op.reshape(x, [1, x.size, 1]), op.flatten(x, 0, -1)],
      };
    },
  },
  {
    name: "permute and transpose",
    trial: (draw) => {
      const shape = draw.shape(2);
      const order = shape.map((_, axis) => axis - (draw.pick(true, false) ? shape.length : 0));
      const turn = draw.whole(0, shape.length - 1);
      const turned = [...order.slice(turn), ...order.slice(0, turn)];
      return { inputs: [draw.floats(shape)], apply: (x) => [op.permute(x, turned), op.transpose(x)] };
    },
  },
  {
    name: "expand",
    trial: (draw) => {
      const shape = draw.shape();
      const thin = shape.map((n) => (draw.pick(true, false) ? 1 : n));
      return { inputs: [draw.floats(thin)], apply: (x) => op.expand(x, [2, ...shape]) };
    },
  },
  {
    name: "pad",
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const [before, after, value] = [draw.whole(0, 2), draw.whole(0, 2), draw.whole(-2, 2)];
      return { inputs: [draw.floats(shape)], apply: (x) => op.pad(x, [{ axis, before, after }], value) };
    },
  },
  {
    name: "slice with steps, forwards and backwards",
    trial: (draw) => {
      const shape = draw.shape(1, 3, 6);
      const ranges = [someRange(draw, shape), someRange(draw, shape)];
      return { inputs: [draw.floats(shape)], apply: (x) => ranges.map((range) => op.slice(x, [range])) };
    },
  },
  {
    name: "slice of several axes",
    empty: false,
    trial: (draw) => {
      const shape = [draw.length(5), draw.length(5), draw.length(3)];
      return {
        inputs: [draw.floats(shape)],
        apply: (x) =>
          op.slice(x, [
            { axis: 0, start: 1, step: 2 },
            { axis: -2, start: -1, step: -2 },
          ]),
      };
    },
  },
  {
    name: "select, flip and roll",
    empty: false,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const n = shape.at(axis) as number;
      const [index, shift] = [draw.whole(-n, n - 1), draw.whole(-5, 5)];
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => [op.select(x, axis, index), flip(x, axis), roll(x, shift, axis)],
      };
    },
  },
  {
    name: "flip and roll of several axes",
    trial: (draw) => {
      const shape = draw.shape(2);
      const axes = draw
        .pick([0, -1], [1, 0], [-2, 0])
        .filter(
          (axis, i, all) => i === 0 || (axis + shape.length) % shape.length !== (all[0] + shape.length) % shape.length,
        );
      const shifts = axes.map(() => draw.whole(-5, 5));
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => [flip(x, axes), roll(x, shifts, axes), roll(x, shifts[0], axes)],
      };
    },
  },
  {
    name: "concat and stack",
    trial: (draw) => {
      const shape = draw.shape(1, 3, 3);
      const axis = draw.axis(shape);
      const positive = axis < 0 ? axis + shape.length : axis;
      const other = shape.map((n, a) => (a === positive ? draw.length(3) : n));
      return {
        inputs: [draw.floats(shape), draw.floats(other, { offset: 0.81 })],
        apply: (a, b) => [op.concat([a, b, tanh(a)], axis), op.stack([a, tanh(a)], axis)],
      };
    },
  },
  {
    name: "split",
    trial: (draw) => {
      const [rows, half] = [draw.length(3), draw.length(3)];
      return {
        inputs: [draw.floats([rows, 2 * half + 1])],
        apply: (x) => [...op.split(x, [half, 1, half], -1), ...op.split(x, Math.max(rows, 1), 0).slice(0, 1)],
      };
    },
  },
  {
    name: "unsqueeze, squeeze, tile and repeat",
    trial: (draw) => {
      const shape = draw.shape(1, 2, 3);
      const axis = draw.axis(shape);
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => [
          op.squeeze(op.unsqueeze(x, axis), axis),
          op.tile(
            x,
            shape.map((_, a) => a + 2),
          ),
          op.repeat(x, 3, axis),
        ],
      };
    },
  },
  {
    name: "rearrange",
    trial: (draw) => {
      const [b, h, p, c] = [draw.length(2), draw.length(3), draw.length(2), draw.length(3)];
      return {
        inputs: [draw.floats([b, h * p, c])],
        apply: (x) => (h * p * c === 0 ? x : rearrange(x, "b (h p) c -> p b (c h)", { p })),
      };
    },
  },
];
