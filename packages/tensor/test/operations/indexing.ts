import * as op from "../../src/ops/indexing.ts";
import type { OperationCase } from "../operation-case.ts";

export const indexingCases: OperationCase[] = [
  {
    name: "gather",
    derivatives: 2,
    trial: (draw) => {
      const shape = [...draw.shape(1), 3];
      const axis = draw.pick(-1, shape.length - 1, 0);
      const n = shape.at(axis) as number;
      const indices = draw.wholes(
        n === 0 ? [0] : draw.shape(0, 2),
        -n,
        Math.max(n - 1, 0),
        draw.pick("int32", "int64"),
      );
      return { inputs: [draw.floats(shape)], apply: (x) => op.gather(x.mul(x), indices, axis) };
    },
  },
  {
    name: "segmentSum, segmentMean and scatterAdd",
    derivatives: 2,
    trial: (draw) => {
      const [n, count, width] = [draw.length(6), draw.whole(1, 4), draw.length(3)];
      const ids = draw.wholes([n], 0, count - 1, draw.pick("int32", "int64"));
      return {
        inputs: [draw.floats([n, width]), draw.floats([count, width], { offset: 0.81 })],
        apply: (rows, x) => [
          op.segmentSum(rows.mul(rows), ids, count),
          op.segmentMean(rows, ids, count),
          op.scatterAdd(x, ids, rows),
        ],
      };
    },
  },
  {
    name: "scatterAdd along any axis",
    derivatives: 2,
    trial: (draw) => {
      const shape = [...draw.shape(0, 2), draw.length(3) + 1, ...draw.shape(0, 1)];
      const n = draw.length(4);
      const axis = draw.axis(shape);
      const positive = axis < 0 ? axis + shape.length : axis;
      const length = shape[positive];
      const ids = draw.wholes([length === 0 ? 0 : n], -length, Math.max(length - 1, 0), draw.pick("int32", "int64"));
      const rows = shape.map((m, a) => (a === positive ? ids.size : m));
      return {
        inputs: [draw.floats(shape), draw.floats(rows, { offset: 0.81 })],
        apply: (x, y) => op.scatterAdd(x, ids, y.mul(y), axis),
      };
    },
  },
  {
    name: "segmentMax and segmentSoftmax",
    derivatives: 1,
    trial: (draw) => {
      const [n, count, width] = [draw.length(6), draw.whole(1, 4), draw.length(3)];
      const ids = draw.wholes([n], 0, count - 1);
      return {
        inputs: [draw.floats([n, width])],
        // An empty segment's value, the lowest number, would swamp the comparison of the others.
        apply: (rows) => [op.gather(op.segmentMax(rows, ids, count), ids), op.segmentSoftmax(rows, ids, count)],
      };
    },
  },
  {
    name: "takeAlongAxis",
    derivatives: 2,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const n = shape.at(axis) as number;
      const positive = axis < 0 ? axis + shape.length : axis;
      const picked = shape.map((length, a) => (a === positive ? (n === 0 ? 0 : draw.whole(1, 5)) : length));
      const indices = draw.wholes(picked, -n, Math.max(n - 1, 0));
      return { inputs: [draw.floats(shape)], apply: (x) => op.takeAlongAxis(x.mul(x), indices, axis) };
    },
  },
  {
    name: "scatterAlongAxis",
    derivatives: 2,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const indices = draw.wholes(shape, 0, 2);
      return { inputs: [draw.floats(shape)], apply: (x) => op.scatterAlongAxis(x.mul(x), indices, 3, axis) };
    },
  },
  {
    name: "oneHot",
    trial: (draw) => {
      const indices = draw.wholes(draw.shape(0, 2), -1, 4);
      return { inputs: [indices], apply: (i) => [op.oneHot(i, 4), op.oneHot(i, 4, "bool")] };
    },
  },
  {
    name: "topK",
    derivatives: 1,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const k = draw.whole(0, shape.at(axis) as number);
      const largest = draw.pick(true, false);
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => {
          const { values, indices } = op.topK(x, k, { axis, largest });
          return [values, indices];
        },
      };
    },
  },
  {
    name: "sort",
    derivatives: 1,
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const descending = draw.pick(true, false);
      return { inputs: [draw.floats(shape)], apply: (x) => Object.values(op.sort(x, { axis, descending })) };
    },
  },
  {
    name: "argSort",
    trial: (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const descending = draw.pick(true, false);
      // Ties: five values at most.
      return { inputs: [draw.wholes(shape, -2, 2)], apply: (x) => op.argSort(x, { axis, descending }) };
    },
  },
  {
    name: "triangle",
    trial: (draw) => {
      const [rows, columns, offset] = [draw.length(4), draw.length(4), draw.whole(-2, 2)];
      return {
        inputs: [draw.floats([rows, columns])],
        apply: (x) => [
          x.mul(op.triangle(rows, columns, { offset, dtype: "float32" })),
          op.triangle(rows, columns, { offset, upper: true }),
        ],
      };
    },
  },
];
