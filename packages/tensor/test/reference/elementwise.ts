import { type DType, isFloat, isInteger } from "../../src/dtype.ts";
import { byPosition, flatIndex, type Rule, stored, wrap } from "./value.ts";

/** erf by 2/√π·e^{−x²}·Σ 2ⁿx^{2n+1}/(2n+1)!!, whose terms are all positive. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const roundHalfEven = (x: number): number => {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
};

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const unary: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  heaviside: (x) => (x > 0 ? 1 : 0),
  square: (x) => x * x,
  sign: (x) => (x > 0 ? 1 : x < 0 ? -1 : x),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sigmoid,
  erf,
  bellIntegral: (x) => 0.5 * (1 + erf(x)),
  gelu: (x) => x * 0.5 * (1 + erf(x / Math.SQRT2)),
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x > 0 ? x : 0 * x),
  log1p: Math.log1p,
  expm1: Math.expm1,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  not: (x) => (x ? 0 : 1),
  isNan: (x) => (Number.isNaN(x) ? 1 : 0),
  isInf: (x) => (Math.abs(x) === Number.POSITIVE_INFINITY ? 1 : 0),
};

const comparison: Record<string, (a: number, b: number) => boolean> = {
  equal: (a, b) => a === b,
  less: (a, b) => a < b,
  greater: (a, b) => a > b,
  lessEqual: (a, b) => a <= b,
  greaterEqual: (a, b) => a >= b,
  and: (a, b) => a !== 0 && b !== 0,
  or: (a, b) => a !== 0 || b !== 0,
  xor: (a, b) => a !== b,
};

const floatArithmetic: Record<string, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  mod: (a, b) => a % b,
  maximum: Math.max,
  minimum: Math.min,
};

type Whole = (a: bigint, b: bigint, width: number) => bigint;
const wholeArithmetic: Record<string, Whole> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  mod: (a, b) => ((a % b) + b) % b,
  bitAnd: (a, b) => a & b,
  bitOr: (a, b) => a | b,
  bitXor: (a, b) => a ^ b,
  shiftLeft: (a, b) => a << b,
  // Unsigned: the bits of a negative number move down and zeros come in.
  shiftRight: (a, b, width) => BigInt.asUintN(width, a) >> b,
};
const widths: Partial<Record<DType, number>> = { int8: 8, uint8: 8, int32: 32, uint32: 32, int64: 64 };

const unaryRule =
  (f: (x: number) => number): Rule =>
  ({ inputs: [x], outputs: [y] }) => [x.data.map((value) => stored(f(value), y.dtype))];

const binaryRule =
  (name: string): Rule =>
  ({ inputs: [a, b], outputs: [y] }) => [
    byPosition(y, (position) => {
      const [p, q] = [a.data[flatIndex(a.shape, position)], b.data[flatIndex(b.shape, position)]];
      if (comparison[name]) return Number(comparison[name](p, q));
      if (isFloat(a.dtype) || !wholeArithmetic[name]) return floatArithmetic[name](p, q);
      return wrap(wholeArithmetic[name](BigInt(p), BigInt(q), widths[a.dtype] as number), a.dtype);
    }),
  ];

const binaryNames = new Set([comparison, floatArithmetic, wholeArithmetic].flatMap((table) => Object.keys(table)));

export const elementwiseRules: Record<string, Rule> = {
  ...Object.fromEntries(Object.entries(unary).map(([name, f]) => [name, unaryRule(f)])),
  ...Object.fromEntries([...binaryNames].map((name) => [name, binaryRule(name)])),
  silu: ({ inputs: [x] }) => {
    const s = x.data.map((value) => 1 / (1 + Math.exp(-value)));
    return [x.data.map((value, i) => value * s[i]), s];
  },
  where: ({ inputs: [condition, a, b], outputs: [y] }) => [
    byPosition(y, (position) => {
      const side = condition.data[flatIndex(condition.shape, position)] ? a : b;
      return side.data[flatIndex(side.shape, position)];
    }),
  ],
  cast: ({ inputs: [x], outputs: [{ dtype }] }) => [
    x.data.map((value) => (dtype === "bool" ? Number(value !== 0) : isInteger(dtype) ? stored(value, dtype) : value)),
  ],
};
