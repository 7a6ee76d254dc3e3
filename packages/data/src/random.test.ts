import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DomainError } from "./errors.ts";
import { Random } from "./random.ts";

describe("Random", () => {
  it("is xoshiro128**: from the words 1, 2, 3, 4 it gives the published first outputs", () => {
    const random = Random.restore({ key: "0000000000000000", words: [1, 2, 3, 4], spare: null });
    const outputs = Array.from({ length: 6 }, () => random.bits());
    expect(outputs).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
  });

  it("is seeded by SplitMix64: seed 0 gives its published first two outputs as words", () => {
    expect(new Random(0).state().words).toEqual([0x7b1dcdaf, 0xe220a839, 0xa1b965f4, 0x6e789e6a]);
  });

  it("refuses negative and non-integer seeds", () => {
    for (const seed of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(() => new Random(seed)).toThrow(DomainError);
    }
    expect(() => new Random(-1)).toThrow("seed is -1; expected a whole number of at least 0");
  });

  it("has uniform and normal draws with the right moments", () => {
    const random = new Random(3);
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    let fourth = 0;
    let uniform = 0;
    for (let i = 0; i < n; i++) {
      const x = random.normal();
      sum += x;
      squares += x * x;
      fourth += x ** 4;
      uniform += random.uniform();
    }
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(fourth / n - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    expect(Math.abs(uniform / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
  });

  it("draws whole numbers evenly: chi-square of 7 classes stays below its 99.9 % point", () => {
    const random = new Random(8);
    const counts = new Array(7).fill(0);
    for (let i = 0; i < 70_000; i++) counts[random.integer(7)]++;
    expect(counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)).toBeLessThan(22.5);
    expect(() => random.integer(0)).toThrow(DomainError);
    expect(() => random.choice([])).toThrow(DomainError);
  });

  it("permutes: every number once, for any size and seed", () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(), (n, seed) => {
        const order = new Random(seed).permutation(n);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("goes on exactly where its JSON state was taken, the second normal of a pair included", () => {
    const random = new Random(5);
    random.normal();
    const twin = Random.restore(JSON.parse(JSON.stringify(random.state())));
    const draw = (r: Random) => [r.normal(), r.uniform(), r.integer(10), r.fork("x").bits(), r.normal()];
    expect(draw(twin)).toEqual(draw(random));
  });

  it("refuses a state that is none", () => {
    expect(() => Random.restore({ key: "0", words: [1, 2, 3, 4], spare: null })).toThrow(DomainError);
    expect(() => Random.restore({ key: "0".repeat(16), words: [0, 0, 0, 0], spare: null })).toThrow(DomainError);
  });

  it("forks streams that do not depend on the parent's draws, and do not correlate", () => {
    const parent = new Random(9);
    const early = parent.fork("a");
    parent.bits();
    expect(parent.fork("a").state()).toEqual(early.state());
    const [a, b] = [parent.fork("a"), parent.fork("b")];
    const n = 20_000;
    let product = 0;
    for (let i = 0; i < n; i++) product += a.normal() * b.normal();
    expect(Math.abs(product / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(new Random(10).fork("a").bits()).not.toBe(new Random(9).fork("a").bits());
  });
});
