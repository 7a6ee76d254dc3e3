import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { AxisError, DomainError, GradientError, type Tensor, tensor, zeros } from "../src/index.ts";

const matrix = zeros([2, 3]);
const image = zeros([1, 4, 5, 5]);

/** What is called, the class of the error, and the offending values its message names. */
const refusals: [string, () => unknown, new (message: string) => Error, RegExp][] = [
  ["shapes that do not broadcast", () => op.add(matrix, zeros([2])), op.ShapeError, /\[2, 3\] and \[2\].*3 against 2/],
  ["a condition that does not broadcast", () => op.where(tensor([true, false]), matrix, 0), op.ShapeError, /\[2\]/],
  ["inner lengths that differ", () => op.matmul(matrix, matrix), op.ShapeError, /3 columns against 2 rows/],
  ["a product of scalars", () => op.matmul(op.scalar(1), matrix), op.ShapeError, /\[\] and \[2, 3\]/],
  ["an axis beyond the rank", () => op.sum(matrix, 2), AxisError, /axis 2 .* rank 2/],
  ["an axis before the first", () => op.softmax(matrix, -3), AxisError, /axis -3 .* rank 2/],
  ["an axis that is no whole number", () => op.sum(matrix, 0.5), AxisError, /axis 0.5/],
  ["an axis named twice", () => op.sum(matrix, [0, -2]), AxisError, /axis 0 is named twice/],
  ["the maximum of nothing", () => op.max(zeros([2, 0]), 1), op.ShapeError, /empty axis of \[2, 0\]/],
  ["the argMin of nothing", () => op.argMin(zeros([2, 0]), 1), op.ShapeError, /argMin .*\[2, 0\]/],
  ["a reshape of another size", () => op.reshape(matrix, [4]), op.ShapeError, /\[2, 3\] \(6 values\).*\[4\] \(4\)/],
  ["a reshape that does not divide", () => op.reshape(matrix, [4, -1]), op.ShapeError, /\[2, 3\].*\[4, -1\]/],
  ["a reshape with two open lengths", () => op.reshape(matrix, [-1, -1]), op.ShapeError, /\[-1, -1\]/],
  ["an order that leaves out an axis", () => op.permute(matrix, [0, 0]), AxisError, /\[0, 0\].*\[2, 3\]/],
  ["an expansion of a length that is not 1", () => op.expand(matrix, [4, 3]), op.ShapeError, /\[2, 3\]/],
  ["an expansion to a smaller shape", () => op.expand(matrix, [1, 3]), op.ShapeError, /\[2, 3\].*\[1, 3\]/],
  ["a negative padding", () => op.pad(matrix, [{ axis: 0, before: -1, after: 0 }]), op.ShapeError, /-1/],
  ["a step of 0", () => op.slice(matrix, [{ axis: 0, step: 0 }]), op.ShapeError, /step of 0 on axis 0/],
  ["a fractional start", () => op.slice(matrix, [{ axis: 0, start: 0.5 }]), op.ShapeError, /0.5 on axis 0/],
  ["a position outside the axis", () => op.select(matrix, 0, 2), op.ShapeError, /index 2 .*\[2, 3\]/],
  ["nothing to concatenate", () => op.concat([]), op.ShapeError, /none/],
  [
    "parts that differ beside the axis",
    () => op.concat([matrix, zeros([2, 4])]),
    op.ShapeError,
    /\[2, 3\] and \[2, 4\]/,
  ],
  ["a stack of two shapes", () => op.stack([matrix, zeros([2])]), op.ShapeError, /\[2, 3\] and \[2\]/],
  ["a split that does not divide", () => op.split(matrix, 2, 1), op.ShapeError, /\[2, 3\].*2 equal parts/],
  ["a split of the wrong lengths", () => op.split(matrix, [1, 1], 1), op.ShapeError, /\[1, 1\]/],
  ["a squeeze of a longer axis", () => op.squeeze(matrix, 0), op.ShapeError, /length 2, not 1/],
  ["too few repeats", () => op.tile(matrix, [2]), op.ShapeError, /\[2\].*\[2, 3\]/],
  [
    "indices of another shape",
    () => op.takeAlongAxis(matrix, tensor([[0]], { dtype: "int32" })),
    op.ShapeError,
    /\[2, 3\].*\[1, 1\]/,
  ],
  [
    "ids that are no vector",
    () => op.segmentSum(matrix, zeros([2, 1], "int32"), 2),
    op.ShapeError,
    /\[2, 3\].*\[2, 1\]/,
  ],
  ["a negative number of segments", () => op.segmentSum(matrix, zeros([2], "int32"), -1), DomainError, /-1/],
  ["more values than there are", () => op.topK(matrix, 4), op.ShapeError, /4 of an axis of length 3/],
  ["no classes", () => op.oneHot(zeros([2], "int32"), 0), DomainError, /at least 1, got 0/],
  ["a kernel larger than the input", () => op.conv(image, zeros([1, 4, 7, 7])), op.ShapeError, /\[7, 7\].*\[5, 5\]/],
  [
    "groups that do not divide",
    () => op.conv(image, zeros([2, 4, 1, 1]), { groups: 3 }),
    op.ShapeError,
    /3 groups.*4 channels/,
  ],
  ["no groups", () => op.conv(image, zeros([2, 4, 1, 1]), { groups: 0 }), DomainError, /got 0/],
  ["a stride of 0", () => op.conv(image, zeros([2, 4, 1, 1]), { stride: 0 }), DomainError, /stride .*0/],
  [
    "strides for the wrong number of axes",
    () => op.conv(image, zeros([2, 4, 1, 1]), { stride: [1] }),
    DomainError,
    /\[1\]/,
  ],
  [
    "channels a transposed convolution does not have",
    () => op.convTranspose(image, zeros([3, 1, 2, 2])),
    op.ShapeError,
    /\[3, 1, 2, 2\]/,
  ],
  [
    "padding that leaves a transposed convolution no output",
    () => op.convTranspose(zeros([1, 1, 1]), zeros([1, 1, 2]), { padding: 2 }),
    op.ShapeError,
    /padding/,
  ],
  [
    "an output padding of the stride or more",
    () => op.convTranspose(zeros([1, 1, 4]), zeros([1, 1, 3]), { dilation: 2, outputPadding: 1 }),
    DomainError,
    /\[1\] must be below the stride \[1\]/,
  ],
  ["a standardisation of nothing", () => op.standardize(zeros([2, 0])), op.ShapeError, /empty last axis of \[2, 0\]/],
  ["a window larger than the input", () => op.maxPool(image, { kernel: 6 }), op.ShapeError, /\[6, 6\].*\[5, 5\]/],
  ["pooling of a matrix", () => op.avgPool(matrix, { kernel: 1 }), op.ShapeError, /\[2, 3\]/],
  ["a ragged nesting", () => tensor([[1, 2], [3]]), op.ShapeError, /ragged/],
  [
    "values that do not fill the shape",
    () => tensor(new Float32Array(5), { shape: [2, 3] }),
    op.ShapeError,
    /5 values.*\[2, 3\]/,
  ],
  ["a negative length", () => zeros([-1]), op.ShapeError, /\[-1\]/],
  ["a gradient of a vector", () => op.grad(zeros([2]), matrix), GradientError, /\[2\]/],
  ["a gradient of a whole number", () => op.grad(zeros([], "int32"), matrix), GradientError, /int32/],
  ["a gradient by whole numbers", () => op.grad(op.scalar(1), zeros([2], "int32")), GradientError, /int32/],
  ["a seed of another shape", () => op.vjp([matrix], [zeros([2])], matrix), GradientError, /\[2, 3\].*\[2\]/],
  ["fewer seeds than outputs", () => op.vjp([matrix, matrix], [matrix], matrix), GradientError, /2 outputs.*1/],
  ["a negative number of threads", () => op.configure({ threads: -1 }), DomainError, /-1/],
  ["an unknown device", () => op.configure({ device: "abacus" as "cpu" }), DomainError, /abacus/],
  ["a negative seed", () => new op.Generator(-1), DomainError, /-1/],
  ["a probability above 1", () => new op.Generator(0).bernoulli(1.5, [2]), DomainError, /1.5/],
];

test.each(refusals)("%s: refused with the offending values", (_, call, kind, message) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});

test("something that is no tensor is refused by name", () => {
  expect(() => op.add(matrix, null as unknown as Tensor)).toThrow(/null/);
  expect(() => op.add(matrix, "1" as unknown as Tensor)).toThrow(/string/);
});

test("the one value of a larger tensor cannot be asked for", async () => {
  await expect(matrix.item()).rejects.toThrow(/\[2, 3\] has 6 values/);
});
