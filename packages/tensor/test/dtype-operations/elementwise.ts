import * as op from "../../src/index.ts";
import { type DtypeTable, pair, rows, vector } from "./operands.ts";

const { neg, abs, sign, square, clamp, cast } = op;
const { exp, log, sqrt, reciprocal, rsqrt, log1p, expm1, erf } = op;
const { sin, cos, tan, atan, sinh, cosh, tanh } = op;
const { sigmoid, logSigmoid, softplus, relu, relu6, leakyRelu, elu, gelu, geluTanh, silu, mish } = op;
const { hardSigmoid, hardSwish, heaviside, floor, ceil, round, trunc, logicalNot, isNan, isInf } = op;
const { add, sub, mul, div, pow, mod, maximum, minimum, xlogy } = op;
const { equal, notEqual, less, greater, lessEqual, greaterEqual, logicalAnd, logicalOr, logicalXor } = op;
const { bitAnd, bitOr, bitXor, shiftLeft, shiftRight } = op;

export const elementwiseOperations: DtypeTable = {
  ...rows({ neg, abs, sign, square, exp, log, sqrt, reciprocal, rsqrt, log1p, expm1, erf }, vector),
  ...rows({ sin, cos, tan, atan, sinh, cosh, tanh }, vector),
  ...rows({ sigmoid, logSigmoid, softplus, relu, relu6, gelu, geluTanh, silu, mish }, vector),
  ...rows({ hardSigmoid, hardSwish, heaviside, floor, ceil, round, trunc, logicalNot, isNan, isInf }, vector),
  asin: (make) => op.asin(make([0, 1])),
  acos: (make) => op.acos(make([0, 1])),
  leakyRelu: vector((x) => leakyRelu(x, 0.25)),
  elu: vector((x) => elu(x, 0.5)),
  clamp: vector((x) => clamp(x, 2, 4)),
  cast: vector((x) => cast(x, "float32")),
  ...rows({ add, sub, mul, div, pow, mod, maximum, minimum, xlogy }, pair),
  ...rows({ equal, notEqual, less, greater, lessEqual, greaterEqual, logicalAnd, logicalOr, logicalXor }, pair),
  ...rows({ bitAnd, bitOr, bitXor, shiftLeft, shiftRight }, pair),
  where: (make) => op.where(op.tensor([true, false]), make([1, 2]), make([3, 4])),
  alias: vector(op.alias),
  stopGradient: vector(op.stopGradient),
  complexMul: (make) => {
    const z = { real: make([1, 2]), imaginary: make([3, 1]) };
    const { real, imaginary } = op.complexMul(z, z);
    return [real, imaginary];
  },
  conjugate: (make) => op.conjugate({ real: make([1, 2]), imaginary: make([3, 4]) }).imaginary,
  squaredMagnitude: (make) => op.squaredMagnitude({ real: make([1, 2]), imaginary: make([3, 4]) }),
};
