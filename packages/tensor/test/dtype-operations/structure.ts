import * as op from "../../src/index.ts";
import { type DtypeTable, matrix, rows, vector } from "./operands.ts";

const ids = op.tensor([1, 1], { dtype: "int32" });
const picks = op.tensor([[2], [0]], { dtype: "int64" });
const places = op.tensor(
  [
    [0, 1, 1],
    [2, 0, 1],
  ],
  { dtype: "int32" },
);

const { sum, max, min, prod, mean, any, all, variance, std, norm, logSumExp } = op;

const made: DtypeTable = {
  onesLike: vector(op.onesLike),
  zerosLike: vector(op.zerosLike),
  ones: vector((x) => op.ones([2], x.dtype)),
  zeros: vector((x) => op.zeros([2], x.dtype)),
  full: vector((x) => op.full([2], 1, x.dtype)),
  eye: vector((x) => op.eye(2, x.dtype)),
  arange: vector((x) => op.arange(3, { dtype: x.dtype })),
  scalar: vector((x) => op.scalar(1, x.dtype)),
  tensor: vector((x) => op.tensor([1, 0], { dtype: x.dtype })),
  fromArray: vector((x) => op.fromArray(x.held as op.TypedArray, [2, 2], x.dtype)),
  triangle: vector((x) => op.triangle(2, 3, { dtype: x.dtype })),
};

const reduced: DtypeTable = {
  ...rows({ sum, max, min, prod, mean, any, all, variance, std, norm, logSumExp }, (f) => matrix((x) => f(x, 1))),
  sumTo: matrix((x) => op.sumTo(x, [1, 3])),
  argMax: matrix((x) => op.argMax(x)),
  argMin: matrix((x) => op.argMin(x, 0)),
  cumSum: matrix((x) => op.cumSum(x)),
  softmax: matrix((x) => op.softmax(x)),
  logSoftmax: matrix((x) => op.logSoftmax(x)),
  standardize: matrix((x) => op.standardize(x)),
  standardizeWithScale: matrix((x) => op.standardizeWithScale(x).scale),
  scaleAndShift: matrix((x) => op.scaleAndShift(x, x.select(0, 0), x.select(0, 1))),
};

const moved: DtypeTable = {
  reshape: matrix((x) => op.reshape(x, [3, 2])),
  permute: matrix((x) => op.permute(x, [1, 0])),
  transpose: matrix((x) => op.transpose(x)),
  expand: matrix((x) => op.expand(x, [2, 2, 3])),
  pad: matrix((x) => op.pad(x, [{ axis: 0, before: 1, after: 1 }], 1)),
  slice: matrix((x) => op.slice(x, [{ axis: 1, step: -2 }])),
  select: matrix((x) => op.select(x, 1, -1)),
  flip: matrix((x) => op.flip(x, [0, 1])),
  roll: matrix((x) => op.roll(x, [1, 2], [0, 1])),
  concat: matrix((x) => op.concat([x, x])),
  stack: matrix((x) => op.stack([x, x], 1)),
  split: matrix((x) => op.split(x, [1, 2], 1)),
  unstack: matrix((x) => op.unstack(x)),
  squeeze: matrix((x) => op.squeeze(op.slice(x, [{ axis: 0, end: 1 }]), 0)),
  unsqueeze: matrix((x) => op.unsqueeze(x, 1)),
  flatten: matrix((x) => op.flatten(x)),
  tile: matrix((x) => op.tile(x, [2, 1])),
  repeat: matrix((x) => op.repeat(x, 2, 1)),
  rearrange: matrix((x) => op.rearrange(x, "a (b c) -> c a b", { c: 3 })),
};

const indexed: DtypeTable = {
  gather: matrix((x) => op.gather(x, ids)),
  scatterAdd: matrix((x) => op.scatterAdd(x, ids, x)),
  "scatterAdd along the last axis": matrix((x) => op.scatterAdd(x, ids, op.slice(x, [{ axis: 1, end: 2 }]), 1)),
  segmentSum: matrix((x) => op.segmentSum(x, ids, 3)),
  segmentMean: matrix((x) => op.segmentMean(x, ids, 3)),
  segmentMax: matrix((x) => op.segmentMax(x, ids, 3)),
  segmentSoftmax: matrix((x) => op.segmentSoftmax(x, ids, 3)),
  takeAlongAxis: matrix((x) => op.takeAlongAxis(x, picks)),
  scatterAlongAxis: matrix((x) => op.scatterAlongAxis(x, places, 3)),
  topK: matrix((x) => Object.values(op.topK(x, 2))),
  sort: matrix((x) => Object.values(op.sort(x, { axis: 0 }))),
  argSort: matrix((x) => op.argSort(x)),
  // As the indices: the dtype of the values is another row's.
  oneHot: vector((x) => op.oneHot(x, 4)),
  "gather at indices": vector((x) => op.gather(op.arange(6), x)),
};

export const structureOperations: DtypeTable = { ...made, ...reduced, ...moved, ...indexed };
