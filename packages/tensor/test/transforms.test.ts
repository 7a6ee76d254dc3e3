import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Complex,
  configure,
  DomainError,
  DTypeError,
  dct,
  dft,
  evaluate,
  fromArray,
  grad,
  idft,
  inverseRealDft,
  istft,
  realDft,
  ShapeError,
  stft,
  sum,
  type Tensor,
  tensor,
  zeros,
} from "../src/index.ts";
import { expectClose } from "./check.ts";

configure({ threads: 1 });

const values = async (x: Tensor): Promise<number[]> => Array.from((await x.data()) as Float32Array, Number);
const signal = (n: number, seed = 1): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed * (i + 1) ** 1.3) + 0.3 * Math.cos(seed + 7 * i));
const real = (numbers: readonly number[], dtype: "float32" | "float64" = "float64"): Tensor =>
  tensor(Float64Array.from(numbers), { dtype });

/** The definition, term by term in float64: every frequency, or every `step`-th. */
function naive(re: readonly number[], im: readonly number[], step = 1): [number[], number[]] {
  const n = re.length;
  const out: [number[], number[]] = [[], []];
  for (let k = 0; k < n; k += step) {
    let [a, b] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      a += re[j] * Math.cos(angle) - im[j] * Math.sin(angle);
      b += re[j] * Math.sin(angle) + im[j] * Math.cos(angle);
    }
    out[0].push(a);
    out[1].push(b);
  }
  return out;
}

// Direct, split once and twice, with odd factors, a split with a prime left, primes by product and by convolution.
const lengths = [1, 2, 3, 7, 16, 100, 256, 257, 360, 512, 1000, 1018, 1031, 2187, 4096, 4802];

describe("dft", () => {
  test.each(lengths)("at length %i it is the definition, and idft undoes it (float64, to 1e-11)", async (n) => {
    const [re, im] = [signal(n), signal(n, 2)];
    const z = dft({ real: real(re), imaginary: real(im) });
    const ofReal = dft(real(re));
    const back = idft(z);
    await evaluate([z.real, z.imaginary, ofReal.real, ofReal.imaginary, back.real, back.imaginary]);
    const step = n > 600 ? 17 : 1;
    const some = async (x: Tensor) => (await values(x)).filter((_, k) => k % step === 0);
    const [a, b] = naive(re, im, step);
    const nothing = re.map(() => 0);
    const [c, d] = naive(re, nothing, step);
    expectClose("real part", await some(z.real), a, 1e-11);
    expectClose("imaginary part", await some(z.imaginary), b, 1e-11);
    expectClose("real part of a real input", await some(ofReal.real), c, 1e-11);
    expectClose("imaginary part of a real input", await some(ofReal.imaginary), d, 1e-11);
    expectClose("real part, back", await values(back.real), re, 1e-11);
    expectClose("imaginary part, back", await values(back.imaginary), im, 1e-11);
  });

  test.each(lengths)("at length %i the half spectrum of real values is the first half, and leads back", async (n) => {
    const x = real(signal(n));
    const [half, whole] = [realDft(x), dft(x)];
    const back = inverseRealDft(half, { length: n });
    await evaluate([half.real, half.imaginary, whole.real, whole.imaginary, back]);
    const bins = Math.floor(n / 2) + 1;
    expectClose("real part", await values(half.real), (await values(whole.real)).slice(0, bins), 1e-11);
    expectClose("imaginary part", await values(half.imaginary), (await values(whole.imaginary)).slice(0, bins), 1e-11);
    expectClose("back", await values(back), signal(n), 1e-11);
  });

  test("the energy of signal and spectrum agree (Parseval), over any axis of any shape", async () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 });
    const property = fc.asyncProperty(shapes, fc.nat(5), async (shape, at) => {
      const x = fromArray(Float64Array.from(signal(shape.reduce((a, b) => a * b, 1))), shape);
      const z = dft(x, { axis: (at % (2 * shape.length)) - shape.length, normalization: "ortho" });
      const [before, after] = [sum(x.square()), sum(z.real.square().add(z.imaginary.square()))];
      await evaluate([before, after]);
      expect(Math.abs((await after.item()) / (await before.item()) - 1)).toBeLessThan(1e-12);
    });
    await fc.assert(property, { seed: 20261124, numRuns: 25 });
  });

  test("in float32 a transform of length 4,096 is right to 1e-6 of its norm", async () => {
    const numbers = signal(4096);
    const z = dft(real(numbers, "float32"));
    await evaluate([z.real, z.imaginary]);
    const nothing = numbers.map(() => 0);
    const [a] = naive(numbers, nothing, 64);
    const some = (await values(z.real)).filter((_, k) => k % 64 === 0);
    const worst = Math.max(...some.map((v, i) => Math.abs(v - a[i])));
    expect(worst / Math.hypot(...numbers)).toBeLessThan(1e-6);
  });

  test("through a split transform and a convolution the gradient of Σ|X|² is 2n·x", async () => {
    for (const n of [600, 1031]) {
      const x = real(signal(n));
      const { real: re, imaginary: im } = dft(x);
      const g = grad(sum(re.square().add(im.square())), x);
      expectClose(
        `gradient at ${n}`,
        await values(g),
        signal(n).map((v) => 2 * n * v),
        1e-10,
      );
    }
  });

  test("a pure wave is a single line", async () => {
    const n = 12;
    const z = dft(real(Array.from({ length: n }, (_, j) => Math.cos((2 * Math.PI * 3 * j) / n))));
    await evaluate([z.real, z.imaginary]);
    expectClose(
      "spectrum",
      await values(z.real),
      Array.from({ length: n }, (_, k) => (k === 3 || k === 9 ? 6 : 0)),
      1e-12,
    );
  });
});

describe("dct", () => {
  test("values known by hand: 1 2 3 4 of type 2 is 20, −6.3086441, 0, −0.44834153", async () => {
    expectClose("dct", await values(dct(real([1, 2, 3, 4]))), [20, -6.308644059797899, 0, -0.4483415291679655], 1e-12);
    const orthonormal = await values(dct(real([1, 1, 1, 1]), { orthonormal: true }));
    expectClose("constant", orthonormal, [2, 0, 0, 0], 1e-12);
  });

  // Up to 512 by one matrix, beyond by a Fourier transform.
  test.each([1, 2, 5, 8, 64, 513, 640])("at length %i both types are their sums", async (n) => {
    const x = signal(n);
    const cos = (j: number, k: number) => Math.cos((Math.PI * (2 * j + 1) * k) / (2 * n));
    const two = x.map((_, k) => 2 * x.reduce((total, v, j) => total + v * cos(j, k), 0));
    const three = x.map((_, j) => x[0] + 2 * x.reduce((total, v, k) => total + (k === 0 ? 0 : v * cos(j, k)), 0));
    expectClose("type 2", await values(dct(real(x))), two, 1e-11);
    expectClose("type 3", await values(dct(real(x), { type: 3 })), three, 1e-11);
  });

  test.each([1, 6, 513])("at length %i orthonormal type 3 inverts type 2, plain type 3 up to 2n", async (n) => {
    const x = real(signal(n));
    const orthonormal = dct(dct(x, { orthonormal: true }), { type: 3, orthonormal: true });
    expectClose("orthonormal", await values(orthonormal), signal(n), 1e-11);
    const plain = dct(dct(x), { type: 3 }).mul(1 / (2 * n));
    expectClose("plain", await values(plain), signal(n), 1e-6);
  });

  test("an axis in the middle is transformed like the last", async () => {
    const x = fromArray(Float64Array.from(signal(24)), [2, 3, 4]);
    const [a, b] = [dct(x, { axis: 1 }), dct(x.transpose(1, 2)).transpose(1, 2)];
    await evaluate([a, b]);
    expectClose("axis", await values(a), await values(b), 1e-12);
  });
});

describe("stft", () => {
  test("each column is the transform of its windowed frame", async () => {
    const [frame, hop] = [8, 3];
    const x = signal(30);
    const z = stft(real(x), { frame, hop, center: false });
    expect(z.real.shape).toEqual([5, 8]);
    await evaluate([z.real, z.imaginary]);
    const [re, im] = [await values(z.real), await values(z.imaginary)];
    for (let t = 0; t < 8; t++) {
      const cut = Array.from(
        { length: frame },
        (_, i) => x[t * hop + i] * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / frame)),
      );
      const [a, b] = naive(
        cut,
        cut.map(() => 0),
      );
      for (let f = 0; f < 5; f++) {
        expect(re[f * 8 + t]).toBeCloseTo(a[f], 12);
        expect(im[f * 8 + t]).toBeCloseTo(b[f], 12);
      }
    }
  });

  test.each([
    { frame: 16, hop: 4, window: "hann" },
    { frame: 16, hop: 6, window: "hamming" },
    { frame: 10, hop: 10, window: "rectangular" },
    { frame: 9, hop: 2, window: "hann" },
    { frame: 400, hop: 160, window: "hann" },
  ] as const)("istft gives the signal back: frames of $frame, hop $hop, $window", async (options) => {
    const length = 4 * options.frame + 3;
    const x = fromArray(Float64Array.from([...signal(length), ...signal(length, 3)]), [2, length]);
    const back = istft(stft(x, options), { ...options, length });
    const covered = Math.floor(length / options.hop) * options.hop;
    const [a, b] = [await values(back), await values(x)];
    // The last samples lie beyond the last window where the hop does not divide the length.
    for (const row of [0, 1]) {
      const part = (list: number[]) => list.slice(row * length, row * length + covered);
      expectClose("signal", part(a), part(b), 1e-12);
    }
  });

  test("samples that no frame covers come back as zeros", async () => {
    const z: Complex = { real: zeros([3, 2], "float64").add(1), imaginary: zeros([3, 2], "float64") };
    const y = istft(z, { frame: 4, hop: 4, window: "rectangular", center: false, length: 10 });
    expectClose("samples", await values(y), [1, 0, 0, 0, 1, 0, 0, 0, 0, 0], 1e-15);
    expect((await values(y)).slice(8)).toEqual([0, 0]);
  });
});

const x = zeros([2, 6]);
test.each([
  ["whole numbers", () => dft(zeros([4], "int32")), DTypeError, /int32/],
  ["an empty axis", () => dft(zeros([2, 0])), ShapeError, /\[2, 0\]/],
  ["parts that differ", () => idft({ real: x, imaginary: zeros([2, 5]) }), ShapeError, /\[2, 6\].*\[2, 5\]/],
  ["parts of two dtypes", () => idft({ real: x, imaginary: zeros([2, 6], "float64") }), DTypeError, /float64/],
  [
    "a length the half spectrum has not",
    () => inverseRealDft({ real: x, imaginary: x }, { length: 9 }),
    DomainError,
    /6 frequencies.*10 or 11.*9/,
  ],
  ["a dct of nothing", () => dct(zeros([0])), ShapeError, /\[0\]/],
  ["a dct of type 1", () => dct(x, { type: 1 as 2 }), DomainError, /1/],
  ["a signal shorter than a frame", () => stft(x, { frame: 8, center: false }), ShapeError, /\[2, 6\].*8/],
  ["a signal too short to mirror", () => stft(x, { frame: 12 }), ShapeError, /6 samples/],
  ["a hop of 0", () => stft(x, { frame: 4, hop: 0 }), DomainError, /hop.*0/],
  ["a window of another length", () => stft(x, { frame: 4, window: [1, 1] }), DomainError, /2 values.*4/],
  [
    "frequencies that do not fit the frame",
    () => istft({ real: x, imaginary: x }, { frame: 8 }),
    ShapeError,
    /\[2, 6\].*5/,
  ],
] as const)("%s: refused with the offending values", (_, call, kind, message) => {
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});
