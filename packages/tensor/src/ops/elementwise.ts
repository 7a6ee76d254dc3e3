import { addInConvolution } from "#blocked";
import { broadcasting } from "../batching.ts";
import { type DType, isFloat, requireFloat, requireSameDType } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import { definePrimitive, type LowerContext, type Primitive } from "../primitive.ts";
import { record, recordOne, type TensorLike, toTensor } from "../record.ts";
import { broadcastShapes, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";

type None = Record<string, never>;
const none: None = {};
type Lowering = LowerContext<None>;

type UnaryRule = (x: Tensor, y: Tensor, gradient: Tensor) => Tensor;

interface UnaryOptions {
  /** The ONNX operator, or a lowering of its own when none fits. */
  onnx: string | NonNullable<Primitive<None>["lower"]>;
  /** d loss / d x from x, y = f(x) and d loss / d y. Absent: the derivative is zero almost everywhere. */
  derivative?: UnaryRule;
  accepts?: "float" | "number" | "signed" | "bool";
  gives?: DType;
  flops?: number;
}

function unary(name: string, options: UnaryOptions): (x: Tensor) => Tensor {
  const { onnx, derivative, accepts = "float", gives, flops = 1 } = options;
  const primitive = definePrimitive<None>({
    name,
    infer([x]) {
      if (accepts === "float") requireFloat(name, x.dtype);
      if (accepts === "number" && x.dtype === "bool")
        throw new DTypeError(`${name} needs numbers, got bool; cast it first`);
      if (accepts === "signed" && (x.dtype === "bool" || x.dtype.startsWith("u")))
        throw new DTypeError(`${name} needs signed numbers, got ${x.dtype}; cast it first`);
      if (accepts === "bool" && x.dtype !== "bool") throw new DTypeError(`${name} needs a bool tensor, got ${x.dtype}`);
      return [{ shape: x.shape, dtype: gives ?? x.dtype }];
    },
    vjp({ inputs, outputs }, [g]) {
      return [derivative && g ? derivative(inputs[0], outputs[0], g) : undefined];
    },
    elementwise: true,
    batch: broadcasting,
    lower: typeof onnx === "string" ? ({ emit, names }) => [emit.one(onnx, names)] : onnx,
    cost: (_, [y]) => ({ macs: 0, flops: flops * sizeOf(y.shape) }),
  });
  return (x) => recordOne(primitive, [x], none);
}

// One line an operation: its ONNX operator and its derivative.
export const neg = unary("neg", { onnx: "Neg", accepts: "signed", derivative: (_, __, g) => neg(g) });
export const abs = unary("abs", { onnx: "Abs", accepts: "number", derivative: (x, _, g) => mul(g, sign(x)) });
export const sign = unary("sign", { onnx: "Sign", accepts: "number" });
export const exp = unary("exp", { onnx: "Exp", derivative: (_, y, g) => mul(g, y) });
export const log = unary("log", { onnx: "Log", derivative: (x, _, g) => div(g, x) });
/** √x; the derivative at 0 is infinite, as in the field's other libraries. */
export const sqrt = unary("sqrt", { onnx: "Sqrt", derivative: (_, y, g) => div(mul(g, 0.5), y) });
export const reciprocal = unary("reciprocal", { onnx: "Reciprocal", derivative: (_, y, g) => neg(mul(g, mul(y, y))) });
export const sin = unary("sin", { onnx: "Sin", derivative: (x, _, g) => mul(g, cos(x)) });
export const cos = unary("cos", { onnx: "Cos", derivative: (x, _, g) => neg(mul(g, sin(x))) });
export const tan = unary("tan", { onnx: "Tan", derivative: (_, y, g) => mul(g, add(mul(y, y), 1)) });
export const asin = unary("asin", { onnx: "Asin", derivative: (x, _, g) => div(g, sqrt(sub(1, mul(x, x)))) });
export const acos = unary("acos", { onnx: "Acos", derivative: (x, _, g) => neg(div(g, sqrt(sub(1, mul(x, x))))) });
export const atan = unary("atan", { onnx: "Atan", derivative: (x, _, g) => div(g, add(mul(x, x), 1)) });
export const sinh = unary("sinh", { onnx: "Sinh", derivative: (x, _, g) => mul(g, cosh(x)) });
export const cosh = unary("cosh", { onnx: "Cosh", derivative: (x, _, g) => mul(g, sinh(x)) });
export const tanh = unary("tanh", { onnx: "Tanh", derivative: (_, y, g) => mul(g, sub(1, mul(y, y))) });
export const sigmoid = unary("sigmoid", { onnx: "Sigmoid", derivative: (_, y, g) => mul(g, mul(y, sub(1, y))) });
export const erf = unary("erf", {
  onnx: "Erf",
  derivative: (x, _, g) => mul(g, mul(bell(x), 2)),
});
/** log(1 + eˣ), without overflow. */
export const softplus = unary("softplus", { onnx: "Softplus", derivative: (x, _, g) => mul(g, sigmoid(x)), flops: 3 });
/** 1 where x > 0 and 0 elsewhere; no gradient. In float32 a clipped line of the steepest slope: half the time of a comparison, a fifth of a sign's. */
export const heaviside = unary("heaviside", {
  onnx: ({ emit, names: [x], inputs: [{ dtype }] }) => [
    dtype === "float32"
      ? emit.one("HardSigmoid", [x], { alpha: { float: 3.4e38 }, beta: { float: 0 } })
      : emit.cast(emit.one("Greater", [x, emit.scalar(0, dtype)]), dtype),
  ],
});
/** max(x, 0); the derivative at 0 is 0. */
export const relu = unary("relu", { onnx: "Relu", derivative: (_, y, g) => mul(g, heaviside(y)) });
export const square = unary("square", {
  onnx: ({ emit, names: [x] }) => [emit.one("Mul", [x, x])],
  accepts: "number",
  derivative: (x, _, g) => mul(mul(g, 2), x),
});
/** log(1 + x), exact for small x: log(u)·x/(u − 1) with u = 1 + x cancels the rounding of u; where u is 1 the answer is x. */
export const log1p = unary("log1p", {
  onnx: ({ emit, names: [x], inputs: [{ dtype }] }) => {
    const one = emit.scalar(1, dtype);
    const u = emit.one("Add", [x, one]);
    const exact = emit.one("Equal", [u, one]);
    const safe = emit.one("Where", [exact, emit.scalar(2, dtype), u]);
    const ratio = emit.one("Div", [x, emit.one("Sub", [safe, one])]);
    return [emit.one("Where", [exact, x, emit.one("Mul", [emit.one("Log", [safe]), ratio])])];
  },
  derivative: (x, _, g) => div(g, add(x, 1)),
  flops: 4,
});
/** eˣ − 1 = tanh(x/2)·(eˣ + 1), exact for small x. */
export const expm1 = unary("expm1", {
  onnx: ({ emit, names: [x], inputs: [{ dtype }] }) => {
    const half = emit.one("Tanh", [emit.one("Mul", [x, emit.scalar(0.5, dtype)])]);
    return [emit.one("Mul", [half, emit.one("Add", [emit.one("Exp", [x]), emit.scalar(1, dtype)])])];
  },
  derivative: (_, y, g) => mul(g, add(y, 1)),
  flops: 5,
});
export const floor = unary("floor", { onnx: "Floor" });
export const ceil = unary("ceil", { onnx: "Ceil" });
/** To the nearest whole number, halves to even. */
export const round = unary("round", { onnx: "Round" });
export const logicalNot = unary("not", { onnx: "Not", accepts: "bool" });
export const isNan = unary("isNan", { onnx: "IsNaN", gives: "bool" });
export const isInf = unary("isInf", {
  onnx: ({ emit, names: [x], inputs: [{ dtype }] }) => [
    emit.one("IsInf", [dtype === "float16" ? emit.cast(x, "float32") : x]),
  ],
  gives: "bool",
});

interface BinaryOptions {
  onnx: string | ((context: Lowering) => string);
  /** Gradients of both inputs before broadcasting is undone. */
  derivative?: (a: Tensor, b: Tensor, y: Tensor, gradient: Tensor) => [Tensor | undefined, Tensor | undefined];
  accepts?: "number" | "bool" | "integer" | "float";
  gives?: DType;
  opset?: number;
}

function binary(name: string, options: BinaryOptions): (a: TensorLike, b: TensorLike) => Tensor {
  const { onnx, derivative, accepts = "number", gives, opset } = options;
  const primitive = definePrimitive<None>({
    name,
    infer([a, b]) {
      const dtype = requireSameDType(name, a.dtype, b.dtype);
      const fits =
        accepts === "bool"
          ? dtype === "bool"
          : accepts === "integer"
            ? dtype !== "bool" && !isFloat(dtype)
            : accepts === "float"
              ? isFloat(dtype)
              : dtype !== "bool";
      if (!fits) throw new DTypeError(`${name} needs ${accepts} tensors, got ${dtype}; cast them first`);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: gives ?? dtype }];
    },
    vjp({ inputs: [a, b], outputs: [y] }, [g]) {
      if (!derivative || !g) return [undefined, undefined];
      const [ga, gb] = derivative(a, b, y, g);
      return [ga && sumTo(ga, a.shape), gb && sumTo(gb, b.shape)];
    },
    elementwise: true,
    batch: broadcasting,
    lower: (context) => [typeof onnx === "string" ? context.emit.one(onnx, context.names) : onnx(context)],
    opset: opset === undefined ? undefined : () => opset,
  });
  return (a, b) => {
    const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
    return recordOne(primitive, [toTensor(a, dtype), toTensor(b, dtype)], none);
  };
}

/** The runtime has no 8-bit arithmetic: these pass through int32, whose low bits are the same. */
const wide =
  (operator: string) =>
  ({ emit, names, inputs: [a] }: Lowering) => {
    if (a.dtype !== "uint8" && a.dtype !== "int8") return emit.one(operator, names);
    return emit.cast(
      emit.one(
        operator,
        names.map((name) => emit.cast(name, "int32")),
      ),
      a.dtype,
    );
  };

export const add = binary("add", {
  onnx: (context) => addInConvolution(context) ?? wide("Add")(context),
  derivative: (_, __, ___, g) => [g, g],
});
export const sub = binary("sub", { onnx: wide("Sub"), derivative: (_, b, ___, g) => [g, neg(sumTo(g, b.shape))] });
export const mul = binary("mul", { onnx: wide("Mul"), derivative: (a, b, _, g) => [mul(g, b), mul(g, a)] });
export const div = binary("div", {
  onnx: "Div",
  derivative: (_, b, y, g) => {
    const ga = div(g, b);
    return [ga, neg(mul(ga, y))];
  },
});
/** aᵇ for a > 0, or whole b. A slow operator: `square` and `sqrt` are better where they serve. */
export const pow = binary("pow", {
  onnx: "Pow",
  accepts: "float",
  derivative: (a, b, y, g) => [
    mul(g, mul(b, pow(a, sub(b, 1)))),
    // 0ᵇ has derivative 0 in b, where log 0 would give NaN.
    mul(g, mul(y, log(where(greater(a, 0), a, 1)))),
  ],
});
/** Remainder with the sign of the divisor for whole numbers, of the dividend for floats (as C's fmod). */
export const mod = binary("mod", {
  onnx: ({ emit, names, inputs: [a] }) => emit.one("Mod", names, { fmod: { int: isFloat(a.dtype) ? 1 : 0 } }),
  derivative: (a, b, _, g) => [g, neg(mul(g, trunc(div(a, b))))],
});

/** Where the two are equal, half the gradient goes to each. */
function extremumDerivative(a: Tensor, b: Tensor, wins: Tensor, g: Tensor): [Tensor, Tensor] {
  const tie = cast(equal(a, b), g.dtype);
  const share = add(cast(wins, g.dtype), mul(tie, 0.5));
  return [mul(g, share), mul(g, sub(1, share))];
}
export const maximum = binary("maximum", {
  onnx: "Max",
  derivative: (a, b, _, g) => extremumDerivative(a, b, greater(a, b), g),
});
export const minimum = binary("minimum", {
  onnx: "Min",
  derivative: (a, b, _, g) => extremumDerivative(a, b, less(a, b), g),
});

export const equal = binary("equal", { onnx: "Equal", gives: "bool" });
export const less = binary("less", { onnx: "Less", gives: "bool" });
export const greater = binary("greater", { onnx: "Greater", gives: "bool" });
export const lessEqual = binary("lessEqual", { onnx: "LessOrEqual", gives: "bool" });
export const greaterEqual = binary("greaterEqual", { onnx: "GreaterOrEqual", gives: "bool" });
export const notEqual = (a: TensorLike, b: TensorLike): Tensor => logicalNot(equal(a, b));

export const logicalAnd = binary("and", { onnx: "And", accepts: "bool" });
export const logicalOr = binary("or", { onnx: "Or", accepts: "bool" });
export const logicalXor = binary("xor", { onnx: "Xor", accepts: "bool" });

export const bitAnd = binary("bitAnd", { onnx: "BitwiseAnd", accepts: "integer", opset: 18 });
export const bitOr = binary("bitOr", { onnx: "BitwiseOr", accepts: "integer", opset: 18 });
export const bitXor = binary("bitXor", { onnx: "BitwiseXor", accepts: "integer", opset: 18 });
const shift =
  (direction: "LEFT" | "RIGHT") =>
  ({ emit, names, inputs: [a] }: Lowering) => {
    const attributes = { direction: { string: direction } };
    if (a.dtype === "uint32" || a.dtype === "uint8") return emit.one("BitShift", names, attributes);
    // Signed numbers shift as their unsigned bits: a right shift fills with zeros.
    return emit.cast(
      emit.one(
        "BitShift",
        names.map((name) => emit.cast(name, "uint32")),
        attributes,
      ),
      a.dtype,
    );
  };
export const shiftLeft = binary("shiftLeft", { onnx: shift("LEFT"), accepts: "integer" });
export const shiftRight = binary("shiftRight", { onnx: shift("RIGHT"), accepts: "integer" });

const castPrimitive = definePrimitive<{ dtype: DType }>({
  name: "cast",
  infer: ([x], { dtype }) => [{ shape: x.shape, dtype }],
  vjp: ({ inputs: [x], outputs: [y] }, [g]) => [
    g && isFloat(x.dtype) && isFloat(y.dtype) ? cast(g, x.dtype) : undefined,
  ],
  elementwise: true,
  batch: broadcasting,
  lower: ({ emit, names, attributes }) => [emit.cast(names[0], attributes.dtype)],
  movement: true,
});

/** The same values in another dtype; floats are truncated towards zero on the way to whole numbers. */
export const cast = (x: Tensor, dtype: DType): Tensor =>
  x.dtype === dtype ? x : recordOne(castPrimitive, [x], { dtype });

const wherePrimitive = definePrimitive<None>({
  name: "where",
  differentiable: [1, 2],
  infer([condition, a, b]) {
    if (condition.dtype !== "bool") throw new DTypeError(`where needs a bool condition, got ${condition.dtype}`);
    const dtype = requireSameDType("where", a.dtype, b.dtype);
    return [{ shape: broadcastShapes("where", condition.shape, broadcastShapes("where", a.shape, b.shape)), dtype }];
  },
  vjp({ inputs: [condition, a, b] }, [g]) {
    if (!g) return [undefined, undefined, undefined];
    const zero = toTensor(0, g.dtype);
    return [undefined, sumTo(where(condition, g, zero), a.shape), sumTo(where(condition, zero, g), b.shape)];
  },
  elementwise: true,
  batch: broadcasting,
  lower({ emit, names, inputs: [, { dtype }] }) {
    // The runtime chooses among few types: the others pass through one that holds all their values.
    if (dtype !== "bool" && dtype !== "int8" && dtype !== "uint32") return [emit.one("Where", names)];
    const sides = names.slice(1).map((name) => emit.cast(name, dtype === "uint32" ? "int64" : "int32"));
    return [emit.cast(emit.one("Where", [names[0], ...sides]), dtype)];
  },
});

/** a where the condition holds, b elsewhere; all three broadcast. The gradient flows only to the side chosen. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const dtype = a instanceof Tensor ? a.dtype : b instanceof Tensor ? b.dtype : "float32";
  return recordOne(wherePrimitive, [condition, toTensor(a, dtype), toTensor(b, dtype)], none);
}

// Compositions.

/**
 * x·log y with 0·log 0 = 0, the limit: terms of an entropy or cross entropy. Where x = 0 and y ≤ 0 the gradients are 0 too, so that
 * a probability that is exactly 0 trains nothing instead of spreading NaN; elsewhere log y and x/y.
 *
 * @param x float
 * @param y float, of a shape that broadcasts with that of x
 */
export function xlogy(x: TensorLike, y: TensorLike): Tensor {
  const dtype = x instanceof Tensor ? x.dtype : y instanceof Tensor ? y.dtype : "float32";
  const [a, b] = [toTensor(x, dtype), toTensor(y, dtype)];
  requireFloat("xlogy", a.dtype);
  requireSameDType("xlogy", a.dtype, b.dtype);
  const limit = logicalAnd(equal(a, 0), lessEqual(b, 0));
  return mul(a, log(where(limit, 1, b)));
}
export const rsqrt = (x: Tensor): Tensor => reciprocal(sqrt(x));
export const trunc = (x: Tensor): Tensor => mul(sign(x), floor(abs(x)));
/** x limited to [low, high]; the gradient is 0 outside and 1 inside, half at the edges. */
export const clamp = (x: Tensor, low: TensorLike, high: TensorLike): Tensor => minimum(maximum(x, low), high);
/** e^{−u²}/√π, and its integral (1 + erf u)/2: the normal density and distribution function of √2·u, the first times √2. */
const bell = (u: Tensor): Tensor => exp(sub(-0.5 * Math.log(Math.PI), square(u)));
const bellIntegral = unary("bellIntegral", {
  onnx({ emit, names: [u], inputs: [{ dtype }] }) {
    const e = emit.one("Erf", [u]);
    // A line in one pass, clipped where it ends anyway.
    if (dtype === "float32") return [emit.one("HardSigmoid", [e], { alpha: { float: 0.5 }, beta: { float: 0.5 } })];
    return [emit.one("Mul", [emit.one("Add", [e, emit.scalar(1, dtype)]), emit.scalar(0.5, dtype)])];
  },
  derivative: (u, _, g) => mul(g, bell(u)),
  flops: 3,
});

/**
 * x·Φ(x), Φ the normal distribution function (Hendrycks and Gimpel, 2016). The runtime makes it in one pass; the derivative
 * Φ(x) + x·φ(x) computes Φ again, which takes as long as to keep it and spares its memory.
 */
export const gelu = unary("gelu", {
  onnx({ emit, names: [x], inputs: [{ dtype }] }) {
    if (dtype === "float32" && !emit.standard) return [emit.one("Gelu", [x], {}, "com.microsoft")];
    const e = emit.one("Erf", [emit.one("Mul", [x, emit.scalar(Math.SQRT1_2, dtype)])]);
    const cdf = emit.one("Mul", [emit.one("Add", [e, emit.scalar(1, dtype)]), emit.scalar(0.5, dtype)]);
    return [emit.one("Mul", [x, cdf])];
  },
  derivative(x, _, g) {
    // φ the normal density: with u = x/√2, x·φ(x) = u·e^{−u²}/√π.
    const u = mul(x, Math.SQRT1_2);
    return mul(g, add(bellIntegral(u), mul(u, bell(u))));
  },
  flops: 5,
});
/** The tanh approximation of gelu. */
export const geluTanh = (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(tanh(mul(mul(x, add(mul(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI))), 1));
const siluPrimitive = definePrimitive<None>({
  name: "silu",
  infer([x]) {
    requireFloat("silu", x.dtype);
    return [x, x].map(({ shape, dtype }) => ({ shape, dtype }));
  },
  vjp({ outputs: [y, s] }, [g, gs]) {
    const rest = sub(1, s);
    const direct = g && mul(g, add(s, mul(y, rest)));
    const throughS = gs && mul(gs, mul(s, rest));
    return [direct && throughS ? add(direct, throughS) : (direct ?? throughS)];
  },
  elementwise: true,
  batch: broadcasting,
  lower({ emit, names: [x] }) {
    const s = emit.one("Sigmoid", [x]);
    return [emit.one("Mul", [x, s]), s];
  },
  cost: (_, [y]) => ({ macs: 0, flops: 2 * sizeOf(y.shape) }),
});

/** x·σ(x) (Hendrycks and Gimpel, 2016). The derivative σ(x) + y·(1 − σ(x)) reads y and the σ(x) of the forward pass, in four passes. */
export const silu = (x: Tensor): Tensor => record(siluPrimitive, [x], none)[0];
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => where(greater(x, 0), x, mul(x, slope));
/** x where x > 0 and α(eˣ − 1) elsewhere; at 0 the derivative is α. */
export const elu = (x: Tensor, alpha = 1): Tensor => {
  const right = greater(x, 0);
  // Not min(x, 0), which would take half the gradient at 0, where elu is smooth.
  return where(right, x, mul(expm1(where(right, 0, x)), alpha));
};
export const relu6 = (x: Tensor): Tensor => clamp(x, 0, 6);
export const hardSigmoid = (x: Tensor): Tensor => clamp(add(mul(x, 1 / 6), 0.5), 0, 1);
export const hardSwish = (x: Tensor): Tensor => mul(x, hardSigmoid(x));
export const mish = (x: Tensor): Tensor => mul(x, tanh(softplus(x)));
/** log σ(x) = −softplus(−x). */
export const logSigmoid = (x: Tensor): Tensor => neg(softplus(neg(x)));
