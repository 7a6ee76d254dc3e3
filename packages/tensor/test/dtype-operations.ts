import type { DType } from "../src/dtype.ts";
import { conv, convTranspose } from "../src/ops/conv.ts";
import * as elementwise from "../src/ops/elementwise.ts";
import * as indexing from "../src/ops/indexing.ts";
import { matmul } from "../src/ops/matmul.ts";
import * as movement from "../src/ops/movement.ts";
import { avgPool, maxPool } from "../src/ops/pool.ts";
import * as reduce from "../src/ops/reduce.ts";
import { scaleAndShift } from "../src/ops/scale-and-shift.ts";
import { standardize } from "../src/ops/standardize.ts";
import { tensor } from "../src/record.ts";
import { CsrMatrix } from "../src/sparse/csr-matrix.ts";
import { spmm } from "../src/sparse/spmm.ts";
import type { Tensor } from "../src/tensor.ts";

/** Operations that take tensors of one dtype, on operands every dtype can hold: small, positive, without ties or zeros. */
type OfOneDtype = (make: (values: number[], shape?: number[]) => Tensor) => Tensor | Tensor[];

const unary =
  (f: (x: Tensor) => Tensor): OfOneDtype =>
  (make) =>
    f(make([1, 2, 3, 5]));
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): OfOneDtype =>
  (make) =>
    f(make([7, 2, 5, 9]), make([2, 3, 1, 4]));
const matrix: (f: (x: Tensor) => Tensor | Tensor[]) => OfOneDtype = (f) => (make) =>
  f(make([1, 5, 2, 4, 3, 6], [2, 3]));
const picture: (f: (x: Tensor, w: Tensor) => Tensor) => OfOneDtype = (f) => (make) =>
  f(make([1, 5, 2, 4, 3, 6, 7, 9, 8], [1, 1, 3, 3]), make([1, 2, 3, 4], [1, 1, 2, 2]));

const ids = tensor([1, 1], { dtype: "int32" });
const picks = tensor([[2], [0]], { dtype: "int64" });
const sparse = CsrMatrix.fromEntries(2, 2, [
  [0, 1, 1],
  [1, 0, 1],
]);

const {
  neg,
  abs,
  sign,
  exp,
  log,
  sqrt,
  reciprocal,
  sin,
  cos,
  tan,
  atan,
  sinh,
  cosh,
  tanh,
  sigmoid,
  erf,
  softplus,
  relu,
  log1p,
  expm1,
  gelu,
  floor,
  ceil,
  round,
  logicalNot,
  isNan,
  isInf,
} = elementwise;
const {
  add,
  sub,
  mul,
  div,
  pow,
  mod,
  maximum,
  minimum,
  equal,
  less,
  greater,
  lessEqual,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  bitAnd,
  bitOr,
  bitXor,
  shiftLeft,
  shiftRight,
} = elementwise;
const { sum, max, min, prod, mean, any } = reduce;

const named = <F>(functions: Record<string, F>, wrap: (f: F) => OfOneDtype): Record<string, OfOneDtype> =>
  Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, wrap(f)]));

export const dtypeOperations: Record<string, OfOneDtype> = {
  ...named(
    {
      neg,
      abs,
      sign,
      exp,
      log,
      sqrt,
      reciprocal,
      sin,
      cos,
      tan,
      atan,
      sinh,
      cosh,
      tanh,
      sigmoid,
      erf,
      softplus,
      relu,
      log1p,
      expm1,
      gelu,
      floor,
      ceil,
      round,
      logicalNot,
      isNan,
      isInf,
    },
    unary,
  ),
  asin: (make) => elementwise.asin(make([0, 1])),
  acos: (make) => elementwise.acos(make([0, 1])),
  ...named(
    {
      add,
      sub,
      mul,
      div,
      pow,
      mod,
      maximum,
      minimum,
      equal,
      less,
      greater,
      lessEqual,
      greaterEqual,
      logicalAnd,
      logicalOr,
      logicalXor,
      bitAnd,
      bitOr,
      bitXor,
      shiftLeft,
      shiftRight,
    },
    binary,
  ),
  where: (make) => elementwise.where(tensor([true, false]), make([1, 2]), make([3, 4])),
  ...named({ sum, max, min, prod, mean, any }, (f) => matrix((x) => f(x, 1))),
  argMax: matrix((x) => reduce.argMax(x)),
  argMin: matrix((x) => reduce.argMin(x, 0)),
  cumSum: matrix((x) => reduce.cumSum(x)),
  softmax: matrix((x) => reduce.softmax(x)),
  logSoftmax: matrix((x) => reduce.logSoftmax(x)),
  standardize: matrix((x) => standardize(x)),
  scaleAndShift: matrix((x) => scaleAndShift(x, x.select(0, 0), x.select(0, 1))),
  reshape: matrix((x) => x.reshape([3, 2])),
  permute: matrix((x) => x.transpose()),
  expand: matrix((x) => x.expand([2, 2, 3])),
  pad: matrix((x) => x.pad([{ axis: 0, before: 1, after: 1 }], 1)),
  slice: matrix((x) => x.slice([{ axis: 1, step: -2 }])),
  concat: matrix((x) => movement.concat([x, x])),
  split: matrix((x) => movement.split(x, [1, 2], 1)),
  gather: matrix((x) => x.gather(ids)),
  segmentSum: matrix((x) => indexing.segmentSum(x, ids, 3)),
  segmentMax: matrix((x) => indexing.segmentMax(x, ids, 3)),
  takeAlongAxis: matrix((x) => indexing.takeAlongAxis(x, picks)),
  scatterAlongAxis: matrix((x) =>
    indexing.scatterAlongAxis(
      x,
      tensor(
        [
          [0, 1, 1],
          [2, 0, 1],
        ],
        { dtype: "int32" },
      ),
      3,
    ),
  ),
  topK: matrix((x) => Object.values(indexing.topK(x, 2))),
  matmul: matrix((x) => matmul(x, x.transpose())),
  "matmul of a batch": matrix((x) => matmul(x.reshape([1, 2, 3]), x.reshape([1, 3, 2]))),
  conv: picture((x, w) => conv(x, w)),
  "depthwise conv": picture((x, w) => conv(movement.concat([x, x], 1), movement.concat([w, w]), { groups: 2 })),
  convTranspose: picture((x, w) => convTranspose(x, w, { stride: 2 })),
  maxPool: picture((x) => maxPool(x, { kernel: 2, stride: 1 })),
  avgPool: picture((x) => avgPool(x, { kernel: 2, stride: 1 })),
  spmm: (make) => spmm(sparse, make([1, 2, 3, 4], [2, 2]), make([2, 3])),
};

export const tensorOf = (dtype: DType, values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Float64Array.from(dtype === "bool" ? values.map((value) => value % 2) : values), { shape, dtype });
