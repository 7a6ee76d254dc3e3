import { afterEach, describe, expect, test } from "vitest";
import { configure, defaultGenerator, Generator, jit, manualSeed, type Tensor } from "../src/index.ts";
import { hostWords } from "../src/random.ts";

configure({ threads: 1 });
afterEach(() => configure({ threads: 1 }));

const million = 1_000_000;
const words = async (t: Tensor): Promise<Uint32Array> => (await t.data()) as Uint32Array;

describe("the stream of words", () => {
  test("is the same bit for bit on the host and in a program, for seeds of more than 32 bits, ordinals and counters", async () => {
    for (const seed of [0, 1, 2 ** 31, 2 ** 32 + 5, 2 ** 53 - 1]) {
      const generator = new Generator(seed);
      const step = jit(() => [generator.bits([1000]), generator.bits([3, 5])]);
      for (let counter = 0; counter < 2; counter++) {
        const [first, second] = await step();
        expect(await words(first)).toEqual(hostWords(seed, counter, 0, 1000));
        expect(await words(second)).toEqual(hostWords(seed, counter, 1, 15));
      }
    }
  });

  test("is fixed for good: a change of these words would change every seeded result", () => {
    expect(Array.from(hostWords(1, 2, 3, 4))).toEqual([273200507, 721473074, 1142650382, 3948295213]);
    expect(Array.from(hostWords(2 ** 40 + 7, 0, 0, 3))).toEqual([3743540295, 2999425494, 3357918177]);
  });

  test("is the same for the same seed, over repeated runs and thread counts", async () => {
    const draw = async (threads: number) => {
      configure({ threads });
      const generator = new Generator(99);
      const step = jit(() => [generator.bits([70_000]), generator.uniform([70_000])]);
      await step();
      return Promise.all((await step()).map((t) => t.data()));
    };
    const [once, twice, threaded] = [await draw(1), await draw(1), await draw(2)];
    expect(twice).toEqual(once);
    expect(threaded).toEqual(once);
  });

  test("differs between two draws of a program, between runs, and between generators", async () => {
    const [a, b] = [new Generator(1), new Generator(2)];
    const step = jit(() => [a.bits([64]), a.bits([64]), b.bits([64])]);
    const draws = [...(await step()), ...(await step())];
    const seen = new Set(await Promise.all(draws.map(async (t) => (await words(t)).join())));
    expect(seen.size).toBe(6);
  });

  test("advances its counter once a program, however many draws it makes", async () => {
    const generator = new Generator(5);
    const step = jit(() => [generator.bits([4]), generator.normal([4]), generator.bernoulli(0.5, [4])]);
    for (let run = 1; run <= 3; run++) {
      await step();
      expect(Array.from(await words(generator.state))).toEqual([5, 0, run]);
    }
  });

  test("goes on where a saved state was, and starts again with the seed", async () => {
    const generator = new Generator(11);
    const step = jit(() => generator.bits([32]));
    const [first] = [await words(await step())];
    const saved = await words(generator.state);
    const [second, third] = [await words(await step()), await words(await step())];
    generator.state.set(saved);
    expect(await words(await step())).toEqual(second);
    expect(await words(await step())).toEqual(third);
    generator.seed(11);
    expect(await words(await step())).toEqual(first);
  });

  test("outside of programs never repeats, and starts again with the seed", async () => {
    const generator = new Generator(4);
    const draws = [generator.hostWords(50), generator.hostWords(50), await words(generator.bits([50]))];
    expect(new Set(draws.map(String)).size).toBe(3);
    generator.seed(4);
    expect(generator.hostWords(50)).toEqual(draws[0]);
  });

  test("of the default generator is started by manualSeed", () => {
    manualSeed(8);
    const first = defaultGenerator.hostUniform(10);
    manualSeed(8);
    expect(defaultGenerator.hostUniform(10)).toEqual(first);
  });
});

/** The words of consecutive counters, ordinals or seeds, one each, as numbers in [0, 1). */
const along = (count: number, word: (i: number) => Uint32Array): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => ((word(i)[0] >>> 0) + 0.5) / 2 ** 32);

const mean = (x: ArrayLike<number>, f: (value: number) => number = (v) => v): number => {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += f(x[i]);
  return total / x.length;
};

function correlation(x: Float64Array, lag: number): number {
  const centre = mean(x);
  const n = x.length - lag;
  let [covariance, variance] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    variance += (x[i] - centre) ** 2;
    if (i < n) covariance += (x[i] - centre) * (x[i + lag] - centre);
  }
  return covariance / n / (variance / x.length);
}

describe("statistics", () => {
  test.each([
    ["elements", (n: number) => Float64Array.from(hostWords(3, 0, 0, n), (w) => ((w >>> 0) + 0.5) / 2 ** 32)],
    ["counters", (n: number) => along(n, (i) => hostWords(3, i, 0, 1))],
    ["ordinals", (n: number) => along(n, (i) => hostWords(3, 0, i, 1))],
    ["seeds", (n: number) => along(n, (i) => hostWords(i, 0, 0, 1))],
  ])("consecutive %s are uncorrelated at lags 1 to 8, within 4/√n, and uniform", (_, draw) => {
    const n = 100_000;
    const x = draw(n);
    for (let lag = 1; lag <= 8; lag++)
      expect(Math.abs(correlation(x, lag)), `lag ${lag}`).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(mean(x) - 0.5) * Math.sqrt(12 * n)).toBeLessThan(4);
  });

  test("neighbouring draws share no more bits and no more order than chance, position by position", () => {
    const n = 20_000;
    for (let draw = 0; draw < 40; draw++) {
      const x = hostWords(3, draw, 0, n);
      for (const y of [hostWords(3, draw + 1, 0, n), hostWords(3, draw, 1, n), hostWords(4, draw, 0, n)]) {
        let [flips, product] = [0, 0];
        for (let i = 0; i < n; i++) {
          for (let d = x[i] ^ y[i]; d !== 0; d &= d - 1) flips++;
          product += (x[i] / 2 ** 32 - 0.5) * (y[i] / 2 ** 32 - 0.5);
        }
        // Standard errors of 32 fair bits (variance 8) and of a product of two uniform variables (1/12 each).
        expect(Math.abs(flips / n - 16) / Math.sqrt(8 / n)).toBeLessThan(4.5);
        expect(Math.abs(product / n) * 12 * Math.sqrt(n)).toBeLessThan(4.5);
      }
    }
  });

  test("each of the 32 bits is set half of the time, whichever bit of the index changes", () => {
    const n = 20_000;
    const x = hostWords(17, 0, 0, n);
    for (let bit = 0; bit < 32; bit++) {
      const share = mean(x, (w) => (w >>> bit) & 1);
      expect(Math.abs(share - 0.5) * 2 * Math.sqrt(n), `bit ${bit}`).toBeLessThan(4.5);
    }
    // Avalanche: neighbours differ in 16 of their 32 bits on average.
    let flips = 0;
    for (let i = 0; i + 1 < n; i += 2) for (let d = x[i] ^ x[i + 1]; d !== 0; d &= d - 1) flips++;
    expect(Math.abs(flips / (n / 2) - 16) / Math.sqrt(8 / (n / 2))).toBeLessThan(4);
  });

  test("a million uniform draws have the moments of U[0, 1), and a chi-square of 256 cells in its range", async () => {
    const generator = new Generator(2024);
    const u = (await (await jit(() => generator.uniform([million]))()).data()) as Float32Array;
    const centred = (power: number) => mean(u, (v) => (v - 0.5) ** power);
    // Six standard errors of each moment's mean, from the moments of the uniform distribution.
    expect(Math.abs(mean(u) - 1 / 2)).toBeLessThan(6 * Math.sqrt(1 / 12 / million));
    expect(Math.abs(centred(2) - 1 / 12)).toBeLessThan(6 * Math.sqrt(1 / 180 / million));
    expect(Math.abs(centred(3))).toBeLessThan(6 * Math.sqrt(1 / 448 / million));
    expect(Math.abs(centred(4) - 1 / 80)).toBeLessThan(6 * Math.sqrt(1 / 3600 / million));
    const [low, high] = u.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [1, 0]);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThan(1);
    const cells = new Float64Array(256);
    for (const v of u) cells[Math.floor(v * 256)]++;
    const chi = cells.reduce((sum, count) => sum + (count - million / 256) ** 2 / (million / 256), 0);
    // 255 degrees of freedom: mean 255, standard deviation √510.
    expect(Math.abs(chi - 255) / Math.sqrt(510)).toBeLessThan(4);
  });

  test("a million normal draws have the moments of N(0, 1), the right tails, a chi-square in its range, and none is infinite", async () => {
    const generator = new Generator(2025);
    const z = (await (await jit(() => generator.normal([million]))()).data()) as Float32Array;
    // Standard errors: the variance of zᵏ is E z²ᵏ − (E zᵏ)², with E z² … z⁸ = 1, 3, 15, 105.
    expect(Math.abs(mean(z)) * Math.sqrt(million)).toBeLessThan(4);
    expect(Math.abs(mean(z, (v) => v ** 2) - 1) * Math.sqrt(million / 2)).toBeLessThan(4);
    expect(Math.abs(mean(z, (v) => v ** 3)) * Math.sqrt(million / 15)).toBeLessThan(4);
    expect(Math.abs(mean(z, (v) => v ** 4) - 3) * Math.sqrt(million / 96)).toBeLessThan(4);
    const largest = z.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    // The largest of a million is 4.5 … 6.2 but in one case of ten thousand; √(−2 ln 2⁻²⁴) = 5.77 bounds it here.
    expect(largest).toBeGreaterThan(4.4);
    expect(largest).toBeLessThanOrEqual(5.78);
    expect(z.every(Number.isFinite)).toBe(true);
    // Cells between −3 and 3 of width 1/2, and the two tails, by the normal distribution function.
    const edges = Array.from({ length: 13 }, (_, i) => -3 + i / 2);
    const cdf = [
      0.0013498980316301, 0.0062096653257761, 0.0227501319481792, 0.0668072012688581, 0.158655253931457,
      0.308537538725987, 0.5,
    ];
    const below = [
      ...cdf,
      ...cdf
        .slice(0, 6)
        .reverse()
        .map((p) => 1 - p),
    ];
    const shares = [below[0], ...below.slice(1).map((p, i) => p - below[i]), 1 - below[12]];
    const counts = new Float64Array(14);
    for (const v of z) {
      let cell = 0;
      while (cell < 13 && v >= edges[cell]) cell++;
      counts[cell]++;
    }
    const chi = shares.reduce((sum, share, i) => sum + (counts[i] - share * million) ** 2 / (share * million), 0);
    expect(Math.abs(chi - 13) / Math.sqrt(26)).toBeLessThan(4.5);
  });

  test("the two halves of Box and Muller's pairs, and consecutive normals, are uncorrelated", async () => {
    const n = 200_000;
    const generator = new Generator(77);
    const z = Float64Array.from((await (await jit(() => generator.normal([n]))()).data()) as Float32Array);
    for (const lag of [1, 2, n / 2])
      expect(Math.abs(correlation(z, lag)), `lag ${lag}`).toBeLessThan(4 / Math.sqrt(n - lag));
    let cross = 0;
    for (let i = 0; i < n / 2; i++) cross += (z[i] ** 2 - 1) * (z[i + n / 2] ** 2 - 1);
    expect(Math.abs(cross / (n / 2) / 2)).toBeLessThan(4 / Math.sqrt(n / 2));
  });

  test("host draws have the same distributions", () => {
    const generator = new Generator(31);
    const [u, z] = [generator.hostUniform(200_000), generator.hostNormal(200_001)];
    expect(Math.abs(mean(u) - 0.5) * Math.sqrt(12 * u.length)).toBeLessThan(4);
    expect(Math.abs(mean(z)) * Math.sqrt(z.length)).toBeLessThan(4);
    expect(Math.abs(mean(z, (v) => v * v) - 1) * Math.sqrt(z.length / 2)).toBeLessThan(4);
    expect(z.every(Number.isFinite)).toBe(true);
  });

  test("Bernoulli draws are true with their probability, whole numbers cover their range evenly", async () => {
    const n = 100_000;
    const generator = new Generator(13);
    const step = jit(() => [0, 0.3, 1].map((p) => generator.bernoulli(p, [n])).concat(generator.integers(7, [n])));
    const [never, some, always, dice] = await Promise.all((await step()).map((t) => t.data()));
    expect(mean(never as Uint8Array)).toBe(0);
    expect(mean(always as Uint8Array)).toBe(1);
    expect(Math.abs(mean(some as Uint8Array) - 0.3) / Math.sqrt(0.21 / n)).toBeLessThan(4);
    const counts = new Float64Array(7);
    for (const face of dice as Uint32Array) counts[face]++;
    const chi = counts.reduce((sum, count) => sum + (count - n / 7) ** 2 / (n / 7), 0);
    expect(Math.abs(chi - 6) / Math.sqrt(12)).toBeLessThan(4);
  });
});
