import fc from "fast-check";
import { expect, test } from "vitest";
import { IntegerSet, limit } from "./integer-set.ts";

test("a factor 9 met by a factor 6 is a factor 18, a factor 10 or a factor 15 is a factor 5", () => {
  const multiples = (factor: number) => new IntegerSet({ lower: factor, factor });
  expect(multiples(9).intersect(multiples(6)).factor).toBe(18);
  expect(multiples(10).unify(multiples(15)).factor).toBe(5);
});

test("bounds move to the nearest multiples, and fewer than 2,048 members are listed", () => {
  const set = new IntegerSet({ lower: 10, upper: 40, factor: 7 });
  expect([set.lower, set.upper, set.values]).toEqual([14, 35, [14, 21, 28, 35]]);
  expect(IntegerSet.between(1, 2047).values?.length).toBe(2047);
  expect(IntegerSet.between(1, 2048).values).toBeUndefined();
  expect(new IntegerSet().upper).toBe(limit);
});

test("numbers made of given primes alone are listed far beyond the reach of a range", () => {
  expect(new IntegerSet({ lower: 1, upper: 100, primes: [2, 5] }).values).toEqual([
    1, 2, 4, 5, 8, 10, 16, 20, 25, 32, 40, 50, 64, 80, 100,
  ]);
  expect(new IntegerSet({ lower: 1, primes: [2] }).values?.length).toBe(31);
});

const knowledge = fc
  .record({
    lower: fc.integer({ min: 0, max: 60 }),
    width: fc.integer({ min: 0, max: 60 }),
    factor: fc.integer({ min: 1, max: 12 }),
    primes: fc.option(fc.subarray([2, 3, 5, 7]), { nil: undefined }),
    values: fc.option(fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 9 }), { nil: undefined }),
  })
  .map(
    ({ lower, width, factor, primes, values }) =>
      new IntegerSet({ lower, upper: lower + width, factor, primes, values }),
  );
const membersOf = (set: IntegerSet): number[] => Array.from({ length: 200 }, (_, i) => i).filter((n) => set.has(n));

test("an intersection has the common members and no others; a union loses none", () => {
  fc.assert(
    fc.property(knowledge, knowledge, (a, b) => {
      const common = membersOf(a).filter((n) => b.has(n));
      expect(membersOf(a.intersect(b))).toEqual(common);
      const either = new Set([...membersOf(a), ...membersOf(b)]);
      for (const n of either) expect(a.unify(b).has(n)).toBe(true);
      expect([...a.members()]).toEqual(membersOf(a));
      expect([...a.members("largest")]).toEqual(membersOf(a).reverse());
    }),
  );
});

test("a number below 0 or a fraction is refused", () => {
  expect(() => IntegerSet.of(-1)).toThrow(/from 0 to 2\^30, got -1/);
  expect(() => IntegerSet.between(0.5, 2)).toThrow(/got 0.5/);
});
