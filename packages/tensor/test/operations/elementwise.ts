import * as op from "../../src/ops/elementwise.ts";
import type { Tensor } from "../../src/tensor.ts";
import type { FloatRange } from "../draw.ts";
import type { OperationCase } from "../operation-case.ts";

type Options = Partial<OperationCase> & { range?: FloatRange };

const unary = (name: string, f: (x: Tensor) => Tensor, { range, ...options }: Options = {}): OperationCase => ({
  name,
  derivatives: 2,
  trial: (draw) => ({ inputs: [draw.floats(draw.shape(), range)], apply: f }),
  ...options,
});

const binary = (
  name: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  { range, other = range, ...options }: Options & { other?: FloatRange } = {},
): OperationCase => ({
  name,
  derivatives: 2,
  trial: (draw) => {
    const [a, b] = draw.pair();
    return { inputs: [draw.floats(a, range), draw.floats(b, { offset: 0.81, ...other })], apply: f };
  },
  ...options,
});

const whole = (
  name: string,
  f: (a: Tensor, b: Tensor) => Tensor,
  [low, high]: [number, number],
  [otherLow, otherHigh]: [number, number],
): OperationCase => ({
  name: `${name} of whole numbers`,
  trial: (draw) => {
    const [a, b] = draw.pair();
    return { inputs: [draw.wholes(a, low, high), draw.wholes(b, otherLow, otherHigh)], apply: f };
  },
});

const positive = { low: 0.3, high: 3 };
const unit = { low: -0.8, high: 0.8 };
const anyWhole: [number, number] = [-(2 ** 31), 2 ** 31 - 1];

export const elementwiseCases: OperationCase[] = [
  unary("neg", op.neg),
  unary("abs", op.abs),
  unary("sign", op.sign),
  unary("heaviside", op.heaviside),
  unary("square", op.square),
  unary("exp", op.exp),
  unary("log", op.log, { range: positive }),
  unary("sqrt", op.sqrt, { range: positive }),
  unary("rsqrt", op.rsqrt, { range: positive }),
  unary("reciprocal", op.reciprocal, { range: positive }),
  unary("sin", op.sin),
  unary("cos", op.cos),
  unary("tan", op.tan, { range: unit }),
  unary("asin", op.asin, { range: unit }),
  unary("acos", op.acos, { range: unit }),
  unary("atan", op.atan),
  unary("sinh", op.sinh),
  unary("cosh", op.cosh),
  unary("tanh", op.tanh),
  unary("sigmoid", op.sigmoid),
  unary("erf", op.erf),
  unary("softplus", op.softplus),
  unary("relu", op.relu),
  unary("log1p", op.log1p, { range: { low: -0.7, high: 3 } }),
  unary("expm1", op.expm1),
  unary("gelu", op.gelu),
  unary("floor", op.floor),
  unary("ceil", op.ceil),
  unary("round", op.round),
  unary("trunc", op.trunc),
  unary("square", op.square),
  unary("clamp", (x) => op.clamp(x, -1, 0.5)),
  unary("geluTanh", op.geluTanh),
  unary("silu", op.silu),
  unary("leakyRelu", (x) => op.leakyRelu(x, 0.1)),
  unary("elu", (x) => op.elu(x, 1.5)),
  unary("relu6", op.relu6, { range: { low: -3, high: 9 } }),
  unary("hardSigmoid", op.hardSigmoid, { range: { low: -5, high: 5 } }),
  unary("hardSwish", op.hardSwish, { range: { low: -5, high: 5 } }),
  unary("mish", op.mish),
  unary("logSigmoid", op.logSigmoid),
  unary("isNan", op.isNan),
  unary("isInf", op.isInf),
  binary("add", op.add),
  binary("sub", op.sub),
  binary("mul", op.mul),
  binary("div", op.div, { other: positive }),
  binary("pow", op.pow, { range: positive, other: { low: -2, high: 2 } }),
  binary("xlogy", op.xlogy, { other: positive }),
  binary("mod", op.mod, { range: { low: -5, high: 5 }, other: { low: 1.2, high: 1.4 } }),
  binary("maximum", op.maximum),
  binary("minimum", op.minimum),
  binary("equal", (a, b) => op.equal(op.floor(a), op.floor(b))),
  binary("notEqual", (a, b) => op.notEqual(op.floor(a), op.floor(b))),
  binary("less", op.less),
  binary("greater", op.greater),
  binary("lessEqual", op.lessEqual),
  binary("greaterEqual", op.greaterEqual),
  whole("add", op.add, anyWhole, anyWhole),
  whole("sub", op.sub, anyWhole, anyWhole),
  whole("mul", op.mul, anyWhole, anyWhole),
  whole("div", op.div, [-50, 50], [1, 7]),
  whole("mod", op.mod, [-50, 50], [1, 7]),
  whole("bitAnd", op.bitAnd, anyWhole, anyWhole),
  whole("bitOr", op.bitOr, anyWhole, anyWhole),
  whole("bitXor", op.bitXor, anyWhole, anyWhole),
  whole("shiftLeft", op.shiftLeft, anyWhole, [0, 31]),
  whole("shiftRight", op.shiftRight, anyWhole, [0, 31]),
  {
    name: "logic",
    trial: (draw) => {
      const [a, b] = draw.pair();
      return {
        inputs: [draw.bools(a), draw.bools(b)],
        apply: (p, q) => [op.logicalAnd(p, q), op.logicalOr(p, q), op.logicalXor(p, q), op.logicalNot(p)],
      };
    },
  },
  {
    name: "where",
    derivatives: 2,
    trial: (draw) => {
      const [a, b] = draw.pair();
      const condition = draw.bools(draw.pick(a, b));
      return {
        inputs: [condition, draw.floats(a), draw.floats(b, { offset: 0.81 })],
        apply: (c, x, y) => op.where(c, op.mul(x, x), op.sin(y)),
      };
    },
  },
  {
    name: "cast",
    trial: (draw) => ({
      inputs: [draw.floats(draw.shape(), { low: -90, high: 90 })],
      apply: (x) => [
        op.cast(x, "float64"),
        op.cast(x, "int32"),
        op.cast(x, "int64"),
        op.cast(x, "int8"),
        op.cast(x, "bool"),
      ],
    }),
  },
];
