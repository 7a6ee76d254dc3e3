import { expect, test } from "vitest";
import {
  configure,
  conv,
  DomainError,
  DTypeError,
  dequantize,
  evaluate,
  exportOnnx,
  fakeQuantize,
  fromArray,
  grad,
  integerConv,
  integerMatmul,
  matmul,
  QuantizedWeights,
  quantizationFor,
  quantize,
  quantizedConv,
  quantizedLinear,
  relu,
  ShapeError,
  scalar,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { expectClose } from "./check.ts";

configure({ threads: 1 });

const values = async (x: Tensor): Promise<number[]> => Array.from((await x.data()) as Float32Array, Number);
const wave = (shape: number[], seed = 1): Tensor =>
  fromArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed * (i + 1) ** 1.4)),
    shape,
  );
const bytes = (shape: number[], low: number, dtype: "int8" | "uint8", seed = 1): Tensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, (_, i) => low + ((i * 7919 * seed + 13 * i * i) % 256));
  return tensor(Float64Array.from(numbers), { shape, dtype });
};

test("the product of whole numbers, scaled, is the float product of the dequantized operands", async () => {
  for (const a of ["uint8", "int8"] as const)
    for (const b of ["uint8", "int8"] as const) {
      const [x, w] = [bytes([5, 33], a === "int8" ? -128 : 0, a), bytes([33, 7], b === "int8" ? -128 : 0, b, 3)];
      const [zeroA, zeroB] = [a === "int8" ? -3 : 100, b === "int8" ? 5 : 130];
      const whole = integerMatmul(x, w, { zeroA, zeroB });
      const float = matmul(dequantize(x, 0.02, zeroA), dequantize(w, 0.05, zeroB));
      await evaluate([whole, float]);
      const scaled = (await values(whole)).map((v) => v * 0.02 * 0.05);
      expectClose(`${a} by ${b}`, await values(float), scaled, 1e-6);
    }
});

test("the convolution of whole numbers, scaled, is the float convolution of the dequantized operands", async () => {
  for (const dtype of ["uint8", "int8"] as const) {
    const x = bytes([2, 4, 6, 5], dtype === "int8" ? -128 : 0, dtype);
    const w = bytes([6, 2, 3, 3], -128, "int8", 3);
    const options = { padding: 1, stride: 2, groups: 2 };
    const whole = integerConv(x, w, { ...options, zeroX: 9, zeroWeight: -4 });
    const float = conv(dequantize(x, 0.02, 9), dequantize(w, 0.05, -4), options);
    await evaluate([whole, float]);
    expectClose(
      dtype,
      await values(float),
      (await values(whole)).map((v) => v * 0.02 * 0.05),
      1e-6,
    );
  }
});

test("products of the largest magnitudes neither saturate nor wrap", async () => {
  // On a processor without VNNI the runtime's uint8-by-int8 kernel would give 32,767 a pair here.
  const k = 64;
  const x = fromArray(new Uint8Array(k).fill(255), [1, k]);
  const w = fromArray(new Int8Array(k).fill(-128), [k, 1]);
  expect(await integerMatmul(x, w).item()).toBe(-255 * 128 * k);
  const y = fromArray(new Int8Array(k).fill(-128), [1, k]);
  expect(await integerMatmul(y, w).item()).toBe(128 * 128 * k);
});

test("quantizing rounds halves to even and saturates at the ends of the dtype", async () => {
  const x = tensor([-1000, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1000]);
  expect(await values(quantize(x, 1, 0, { dtype: "int8" }))).toEqual([-128, -2, -2, 0, 0, 2, 2, 127]);
  expect(await values(quantize(x, 1, 10))).toEqual([0, 8, 8, 10, 10, 12, 12, 255]);
  for (const dtype of ["float64", "float16"] as const)
    expect(await values(quantize(x.cast(dtype), 1, 10))).toEqual([0, 8, 8, 10, 10, 12, 12, 255]);
});

test("a value comes back from quantization to half a step, with one scale a channel", async () => {
  const x = wave([3, 50]).mul(tensor([[0.1], [1], [30]]));
  const scale = tensor([0.1 / 127, 1 / 127, 30 / 127]);
  const back = dequantize(quantize(x, scale, 0, { dtype: "int8", axis: 0 }), scale, 0, { axis: 0 });
  await evaluate([x, back]);
  const steps = await values(scale);
  (await values(x)).forEach((v, i) => {
    expect(Math.abs((back.held as Float32Array)[i] - v)).toBeLessThanOrEqual(steps[Math.floor(i / 50)] * 0.5001);
  });
});

test("the quantization of an interval keeps zero exact and reaches both ends", () => {
  for (const [low, high] of [
    [-1, 3],
    [2, 6],
    [-5, -1],
    [0, 0],
  ])
    for (const dtype of ["int8", "uint8"] as const) {
      const { scale, zeroPoint } = quantizationFor(low, high, { dtype });
      const [first, last] = dtype === "int8" ? [-128, 127] : [0, 255];
      expect(Number.isInteger(zeroPoint) && zeroPoint >= first && zeroPoint <= last).toBe(true);
      expect(scale * (first - zeroPoint)).toBeLessThanOrEqual(Math.min(low, 0) + scale * 0.5001);
      expect(scale * (last - zeroPoint)).toBeGreaterThanOrEqual(Math.max(high, 0) - scale * 0.5001);
    }
  expect(quantizationFor(-2, 1.27, { dtype: "int8", symmetric: true })).toEqual({ scale: 2 / 127, zeroPoint: 0 });
});

test("a quantized layer is the float layer to the step of its output, per channel, with bias and ReLU", async () => {
  const [x, w, bias] = [wave([9, 24]), wave([10, 24], 2), Array.from({ length: 10 }, (_, i) => Math.cos(i))];
  const weight = QuantizedWeights.from((await w.data()) as Float32Array, [10, 24]);
  expect(weight.scale.length).toBe(10);
  const input = quantizationFor(-1, 1);
  for (const rectify of [false, true]) {
    const output = quantizationFor(rectify ? 0 : -8, 8);
    const q = quantizedLinear(quantize(x, input.scale, input.zeroPoint), weight, {
      input,
      output,
      bias,
      relu: rectify,
    });
    const y = dequantize(q, output.scale, output.zeroPoint);
    const product = matmul(x, w.transpose()).add(tensor(bias));
    const float = rectify ? relu(product) : product;
    await evaluate([y, float]);
    // Half a step of input and weight each, over 24 products, and of the output.
    const allowed = 0.5 * output.scale + 24 * 0.5 * (input.scale + 1 / 127);
    (await values(float)).forEach((v, i) => {
      expect(Math.abs((y.held as Float32Array)[i] - v)).toBeLessThan(allowed);
    });
  }
});

test("ReLU by clamping gives the zero point wherever the sum is negative", async () => {
  const weight = new QuantizedWeights(Int8Array.of(1, -1), [2, 1], 1);
  const unit = { scale: 1, zeroPoint: 0 };
  const x = tensor([[7]], { dtype: "uint8" });
  expect(await values(quantizedLinear(x, weight, { input: unit, output: unit, relu: true }))).toEqual([7, 0]);
  const output = { scale: 1, zeroPoint: 100 };
  expect(await values(quantizedLinear(x, weight, { input: unit, output }))).toEqual([107, 93]);
  expect(await values(quantizedLinear(x, weight, { input: unit, output, relu: true }))).toEqual([107, 100]);
});

test("two layers of one shape keep their own weights in one program and across programs", async () => {
  const unit = { scale: 1, zeroPoint: 0 };
  const x = tensor([[2, 3]], { dtype: "uint8" });
  const [a, b] = [1, 5].map((w) => new QuantizedWeights(Int8Array.of(w, w), [1, 2], 1));
  const apply = (weight: QuantizedWeights) => quantizedLinear(x, weight, { input: unit, output: unit });
  const both = [apply(a), apply(b)];
  await evaluate(both);
  expect([await both[0].item(), await both[1].item()]).toEqual([5, 25]);
  expect([await apply(b).item(), await apply(a).item()]).toEqual([25, 5]);
});

test("an exported quantized network has only standard operators", async () => {
  const unit = { scale: 0.5, zeroPoint: 128 };
  const bias = [1, 2];
  const linear = QuantizedWeights.from(Float32Array.of(1, 2, 3, 4), [2, 2]);
  const kernel = QuantizedWeights.from(Float32Array.of(1, 2, 3, 4), [2, 1, 2]);
  const bytesOfModel = await exportOnnx(
    ({ x }: { x: Tensor }) => {
      const y = quantizedLinear(x, linear, { input: unit, output: unit, bias });
      return quantizedConv(y.reshape([3, 1, 2]), kernel, { input: unit, output: unit, bias });
    },
    { x: zeros([3, 2], "uint8") },
  );
  const text = new TextDecoder("latin1").decode(bytesOfModel);
  expect(text).toContain("QLinearConv");
  expect(text).not.toContain("com.microsoft");
});

test("fakeQuantize rounds to the grid and passes the gradient inside of it only", async () => {
  const x = tensor([-9, -0.6, 0.2, 0.26, 9]);
  const y = fakeQuantize(x, 0.5, { bits: 3 });
  const g = grad(sum(y), x);
  await evaluate([y, g]);
  expect((await values(y)).map((v) => v + 0)).toEqual([-2, -0.5, 0, 0.5, 1.5]);
  expect(await values(g)).toEqual([0, 1, 1, 1, 0]);
});

test("the gradient of a learned scale is round(v) − v inside and the last level outside", async () => {
  const x = tensor([-9, -0.6, 0.2, 0.26, 9]);
  const s = scalar(0.5);
  const exact = grad(sum(fakeQuantize(x, s, { bits: 3, gradientScale: 1 })), s);
  const slowed = grad(sum(fakeQuantize(x, s, { bits: 3 })), s);
  await evaluate([exact, slowed]);
  const expected = -4 + (-1 + 1.2) + (0 - 0.4) + (1 - 0.52) + 3;
  expect(await exact.item()).toBeCloseTo(expected, 5);
  expect(await slowed.item()).toBeCloseTo(expected / Math.sqrt(5 * 3), 5);
});

test("a scale learned by gradient descent lowers the quantization error", async () => {
  const x = wave([256]).mul(0.3);
  let s = 0.5;
  const errors: number[] = [];
  for (let step = 0; step < 30; step++) {
    const scale = scalar(s);
    const loss = sum(fakeQuantize(x, scale, { bits: 3 }).sub(x).square());
    const g = grad(loss, scale);
    await evaluate([loss, g]);
    errors.push(await loss.item());
    s -= 0.05 * (await g.item());
  }
  expect(errors[29]).toBeLessThan(errors[0] / 4);
});

const q = zeros([2, 3], "uint8");
const weight = new QuantizedWeights(new Int8Array(12), [4, 3], 1);
const unit = { scale: 1, zeroPoint: 0 };
test.each([
  ["quantizing whole numbers", () => quantize(q, 1), DTypeError, /uint8/],
  ["quantizing to int32", () => quantize(zeros([2]), 1, 0, { dtype: "int32" as "int8" }), DTypeError, /int32/],
  [
    "a zero point of another dtype",
    () => quantize(zeros([2]), 1, scalar(0, "int8"), { dtype: "uint8" }),
    DTypeError,
    /int8/,
  ],
  ["scales without an axis", () => quantize(zeros([2]), tensor([1, 1])), ShapeError, /\[2\]/],
  ["scales of another length", () => dequantize(q, tensor([1, 1]), 0, { axis: 1 }), ShapeError, /axis 1 needs \[3\]/],
  ["dequantizing floats", () => dequantize(zeros([2]), 1), DTypeError, /float32/],
  ["a product of floats", () => integerMatmul(zeros([2, 2]), zeros([2, 2])), DTypeError, /float32/],
  ["inner lengths that differ", () => integerMatmul(q, q), ShapeError, /\[2, 3\] and \[2, 3\]/],
  [
    "a convolution of int32",
    () => integerConv(zeros([1, 1, 3], "int32"), zeros([1, 1, 1], "int8")),
    DTypeError,
    /int32/,
  ],
  [
    "channels that do not fit",
    () => integerConv(zeros([1, 2, 3], "uint8"), zeros([1, 1, 1], "int8")),
    ShapeError,
    /\[1, 1, 1\]/,
  ],
  [
    "activations of int8",
    () => quantizedLinear(zeros([2, 3], "int8"), weight, { input: unit, output: unit }),
    DTypeError,
    /int8/,
  ],
  [
    "a width the weights do not have",
    () => quantizedLinear(zeros([2, 4], "uint8"), weight, { input: unit, output: unit }),
    ShapeError,
    /\[4, 3\].*\[2, 4\]/,
  ],
  [
    "a zero point beyond a byte",
    () => quantizedLinear(q, weight, { input: { scale: 1, zeroPoint: 256 }, output: unit }),
    DomainError,
    /256/,
  ],
  [
    "biases that do not fit",
    () => quantizedLinear(q, weight, { input: unit, output: unit, bias: [1] }),
    ShapeError,
    /1 biases for 4/,
  ],
  ["a scale of 0", () => new QuantizedWeights(new Int8Array(4), [2, 2], [1, 0]), DomainError, /0/],
  [
    "scales that do not fit",
    () => new QuantizedWeights(new Int8Array(4), [2, 2], [1, 1, 1]),
    ShapeError,
    /3 scales for 2/,
  ],
  ["one bit with a sign", () => fakeQuantize(zeros([2]), 1, { bits: 1 }), DomainError, /got 1/],
  ["an interval the wrong way round", () => quantizationFor(2, 1), DomainError, /2 … 1/],
] as const)("%s: refused with the offending values", (_, call, kind, message) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});
