import { expect, test } from "vitest";
import {
  configure,
  DomainError,
  DTypeError,
  evaluate,
  fromArray,
  gridSample,
  type ResizeMode,
  resize,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { expectClose } from "./check.ts";

configure({ threads: 1 });

const values = async (x: Tensor): Promise<number[]> => Array.from((await x.data()) as Float32Array);
const row = (...numbers: number[]): Tensor => tensor([[numbers]]);
const wave = (shape: number[]): Tensor =>
  fromArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7) + 0.1 * i),
    shape,
  );

/** One pixel by the formulas of the documentation, all axes at once and without matrices. */
function interpolated(
  data: ArrayLike<number>,
  [height, width]: number[],
  v: number,
  u: number,
  mode: ResizeMode,
): number {
  const inside = (at: number, n: number) => Math.min(Math.max(at, 0), n - 1);
  if (mode === "nearest") return data[inside(Math.floor(v), height) * width + inside(Math.floor(u), width)];
  const kernel = (t: number): number => {
    const x = Math.abs(t);
    if (mode === "linear") return Math.max(0, 1 - x);
    if (x < 1) return 1.25 * x ** 3 - 2.25 * x ** 2 + 1;
    return x < 2 ? -0.75 * (x ** 3 - 5 * x ** 2 + 8 * x - 4) : 0;
  };
  let sum = 0;
  for (let i = Math.floor(v) - 2; i <= Math.floor(v) + 3; i++)
    for (let j = Math.floor(u) - 2; j <= Math.floor(u) + 3; j++)
      sum += kernel(v - i) * kernel(u - j) * data[inside(i, height) * width + inside(j, width)];
  return sum;
}

test.each(["nearest", "linear", "cubic"] as const)("%s resizing is the interpolation formula", async (mode) => {
  const from = [5, 7];
  const x = wave([1, 1, ...from]);
  const data = await values(x);
  for (const alignCorners of mode === "nearest" ? [false] : [false, true]) {
    for (const size of [
      [5, 7],
      [10, 14],
      [3, 4],
      [8, 5],
      [1, 1],
    ]) {
      const place = (i: number, axis: number) =>
        mode === "nearest"
          ? (i * from[axis]) / size[axis]
          : alignCorners
            ? size[axis] === 1
              ? 0
              : (i * (from[axis] - 1)) / (size[axis] - 1)
            : ((i + 0.5) * from[axis]) / size[axis] - 0.5;
      const expected = Array.from({ length: size[0] * size[1] }, (_, i) =>
        interpolated(data, from, place(Math.floor(i / size[1]), 0), place(i % size[1], 1), mode),
      );
      const y = await values(resize(x, { size, mode, alignCorners }));
      expectClose(`${mode} to ${size} ${alignCorners}`, y, expected);
    }
  }
});

test("linear doubling of 1 2 3 4 mixes neighbours a quarter to three quarters and keeps the ends", async () => {
  expect(await values(resize(row(1, 2, 3, 4), { scale: 2, mode: "linear" }))).toEqual([
    1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4,
  ]);
});

test("aligned corners keep the corner values and space the others evenly", async () => {
  expect(await values(resize(row(0, 3), { size: 4, mode: "linear", alignCorners: true }))).toEqual([0, 1, 2, 3]);
});

test("nearest at a whole factor repeats, between whole factors it takes the pixel to the left", async () => {
  expect(await values(resize(row(1, 2), { scale: 3 }))).toEqual([1, 1, 1, 2, 2, 2]);
  expect(await values(resize(row(1, 2, 3), { size: 5 }))).toEqual([1, 1, 2, 2, 3]);
  expect(await values(resize(row(1, 2, 3, 4), { size: 2 }))).toEqual([1, 3]);
});

test("a scale that does not fill the last pixel counts positions with the scale itself", async () => {
  // 3·1.5 = 4.5, of which 4 fit; positions ⌊i/1.5⌋.
  expect(await values(resize(row(1, 2, 3), { scale: 1.5 }))).toEqual([1, 1, 2, 3]);
});

test("an identity grid samples the picture itself, with either corner convention", async () => {
  const x = wave([2, 3, 4, 5]);
  for (const alignCorners of [true, false]) {
    const line = (n: number) =>
      Array.from({ length: n }, (_, i) => (alignCorners ? (2 * i) / (n - 1) - 1 : (2 * i + 1) / n - 1));
    const grid = [0, 1].flatMap(() => line(4).flatMap((v) => line(5).flatMap((u) => [u, v])));
    const y = gridSample(x, fromArray(Float32Array.from(grid), [2, 4, 5, 2]), { alignCorners });
    expectClose("identity", await values(y), await values(x), 1e-5);
  }
});

test("outside of the picture there are zeros, or the border", async () => {
  const x = tensor([
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ]);
  const grid = tensor([
    [
      [
        [-9, -9],
        [9, 9],
        [1e30, 0],
        [0.5, -1.5],
      ],
    ],
  ]);
  const zero = gridSample(x, grid);
  const border = gridSample(x, grid, { padding: "border" });
  const near = gridSample(x, grid, { mode: "nearest", padding: "border" });
  await evaluate([zero, border, near]);
  // (0.5, −1.5) is half way from the right column centre to nothing, and a whole pixel above the top row's centre.
  expect(await values(zero)).toEqual([0, 0, 0, 0]);
  expect(await values(border)).toEqual([1, 4, 3, 2]);
  expect((await values(near)).slice(0, 2)).toEqual([1, 4]);
});

test("half way between four pixels lies their mean", async () => {
  const x = tensor([
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ]);
  expect(await values(gridSample(x, tensor([[[[0, 0]]]])))).toEqual([2.5]);
});

const image = zeros([1, 2, 3, 3]);
test.each([
  ["neither size nor scale", () => resize(image, {}), DomainError, /size or scale/],
  ["both size and scale", () => resize(image, { size: 2, scale: 2 }), DomainError, /both/],
  ["a size of 0", () => resize(image, { size: 0 }), DomainError, /got 0/],
  ["a negative scale", () => resize(image, { scale: -1 }), DomainError, /-1/],
  ["a scale that leaves nothing", () => resize(image, { scale: 0.1 }), ShapeError, /0.1 .*\[1, 2, 3, 3\]/],
  ["cubic over one axis", () => resize(zeros([1, 1, 4]), { size: 2, mode: "cubic" }), ShapeError, /\[1, 1, 4\]/],
  ["nearest with aligned corners", () => resize(image, { size: 2, alignCorners: true }), DomainError, /nearest/],
  ["whole numbers", () => resize(zeros([1, 1, 4], "int32"), { size: 2 }), DTypeError, /int32/],
  ["nothing to interpolate", () => resize(zeros([1, 1, 0]), { size: 2 }), ShapeError, /\[1, 1, 0\]/],
  ["a grid of triples", () => gridSample(image, zeros([1, 2, 2, 3])), ShapeError, /\[1, 2, 2, 3\]/],
  ["a grid of another batch", () => gridSample(image, zeros([2, 2, 2, 2])), ShapeError, /\[2, 2, 2, 2\]/],
  ["a grid of another dtype", () => gridSample(image, zeros([1, 1, 1, 2], "float64")), DTypeError, /float64/],
] as const)("%s: refused with the offending values", (_, call, kind, message) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});
