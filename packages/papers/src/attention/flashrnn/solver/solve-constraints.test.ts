import { DomainError } from "@paperworks/tensor";
import fc from "fast-check";
import { expect, test } from "vitest";
import { IntegerSet } from "./integer-set.ts";
import { parseConstraints } from "./parse-constraints.ts";
import { type Assignment, type SolveOptions, solveConstraints } from "./solve-constraints.ts";
import { ConstraintSyntaxError } from "./tokens.ts";

/** What is known of each variable before any choice. */
function propagated(variables: Record<string, IntegerSet>, constraints: string): Record<string, readonly number[]> {
  const sets = new Map(Object.entries(variables));
  parseConstraints(constraints).propagate(sets, { divisibility: true });
  return Object.fromEntries([...sets].map(([name, set]) => [name, set.values ?? [set.lower, set.upper]]));
}

const solve = (
  variables: Record<string, IntegerSet | number>,
  constraints: string,
  order: [string, "smallest" | "largest"][] = [],
  options: SolveOptions = { count: 1e6 },
): readonly Assignment[] => solveConstraints({ variables, constraints }, order, options).solutions;

test("propagation alone finds the divisors: a·b == 15, 512 % b == 0, 10 + b <= 15", () => {
  const upTo = (n: number) => IntegerSet.between(1, n);
  const divisors = [1, 3, 5, 15];
  expect(propagated({ a: upTo(20), b: upTo(20) }, "a * b == 15")).toEqual({ a: divisors, b: divisors });
  const powers = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
  expect(propagated({ b: new IntegerSet() }, "512 % b == 0").b).toEqual(powers);
  expect(propagated({ b: upTo(100) }, "10 + b <= 15").b).toEqual([1, 2, 3, 4, 5]);
});

test("two free variables give their pairs in order; an excluded one is passed over; what cannot be has no solution", () => {
  const variables = { A: IntegerSet.between(1, 2), B: IntegerSet.between(3, 4) };
  const pairs = [
    { A: 1, B: 3 },
    { A: 1, B: 4 },
    { A: 2, B: 3 },
    { A: 2, B: 4 },
  ];
  const order: [string, "smallest"][] = [
    ["A", "smallest"],
    ["B", "smallest"],
  ];
  expect(solve(variables, "A <= B", order)).toEqual(pairs);
  expect(solve(variables, "A <= B", order, { count: 1, exclude: [{ A: 1, B: 3 }] })).toEqual([{ A: 1, B: 4 }]);
  expect(solve(variables, "B <= A", order)).toEqual([]);
  expect(solve(variables, "A + B == 9", order)).toEqual([]);
});

test("a choice keeps what its branches have in common, and brackets group terms and constraints", () => {
  const known = propagated(
    { a: IntegerSet.between(1, 50), b: IntegerSet.between(1, 50) },
    "a == 10 | a == 15; a <= 2 * b",
  );
  expect(known.a).toEqual([10, 15]);
  expect(known.b[0]).toBe(5);
  const grouped = "(a == 1; b == 2) | ((a + 1) * b == 12; a <= b)";
  const solutions = solve({ a: IntegerSet.between(0, 20), b: IntegerSet.between(0, 20) }, grouped);
  expect(solutions).toEqual([
    { a: 0, b: 12 },
    { a: 1, b: 2 },
    { a: 1, b: 6 },
    { a: 2, b: 4 },
    { a: 3, b: 3 },
  ]);
});

test("lists are choices, # begins a comment, ^ binds before *, and a last ; may stand", () => {
  const text = "# sizes\nx == [2, 3] * n^2; # squares\nx <= 30;\n";
  const solutions = solve({ x: IntegerSet.between(1, 100), n: IntegerSet.between(2, 3) }, text);
  expect(solutions).toEqual([
    { x: 8, n: 2 },
    { x: 12, n: 2 },
    { x: 18, n: 3 },
    { x: 27, n: 3 },
  ]);
});

const names = ["a", "b", "c"];
const atom = fc.oneof(
  fc.constantFrom(...names),
  fc.integer({ min: 0, max: 12 }).map(String),
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 3 }).map((list) => `[${list.join(", ")}]`),
);
const term = fc.oneof(
  atom,
  fc.tuple(atom, fc.constantFrom("+", "*"), atom).map(([a, sign, b]) => `${a} ${sign} ${b}`),
  fc.tuple(atom, atom, atom).map(([a, b, c]) => `(${a} + ${b}) * ${c}`),
  fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 3 })).map(([a, n]) => `${a}^${n}`),
);
const comparison = fc.oneof(
  fc.tuple(term, fc.constantFrom("==", "<="), term).map((parts) => parts.join(" ")),
  fc.tuple(term, term).map(([a, b]) => `${a} % ${b} == 0`),
);
const statement = fc.oneof(
  comparison,
  fc.tuple(comparison, comparison).map(([a, b]) => `${a} | ${b}`),
  fc.tuple(comparison, comparison, comparison).map(([a, b, c]) => `(${a}; ${b}) | ${c}`),
);

test("the solutions of random systems are those of trying everything, with divisibility and without", () => {
  const system = fc.record({
    text: fc.array(statement, { minLength: 1, maxLength: 3 }).map((lines) => lines.join(";\n")),
    domains: fc.tuple(
      ...names.map(() => fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 5 })),
    ),
  });
  fc.assert(
    fc.property(system, ({ text, domains }) => {
      const constraint = parseConstraints(text, names);
      const all = domains[0].flatMap((a) => domains[1].flatMap((b) => domains[2].map((c) => ({ a, b, c }))));
      const key = ({ a, b, c }: Assignment): number => (a * 13 + b) * 13 + c;
      const wanted = all
        .filter((values) => constraint.holds(values))
        .map(key)
        .sort((x, y) => x - y);
      const variables = Object.fromEntries(names.map((name, i) => [name, IntegerSet.of(...domains[i])]));
      for (const divisibility of [true, false]) {
        const { solutions } = solveConstraints({ variables, constraints: constraint }, [], {
          count: 1e6,
          divisibility,
        });
        expect(solutions.map(key).sort((x, y) => x - y)).toEqual(wanted);
      }
    }),
    { numRuns: 400 },
  );
});

test("what is no constraint is refused with its line and column", () => {
  const refused = (text: string) => {
    try {
      parseConstraints(text, ["A", "B"]);
    } catch (error) {
      expect(error).toBeInstanceOf(ConstraintSyntaxError);
      const { message, line, column } = error as ConstraintSyntaxError;
      return `${line}:${column} ${message}`;
    }
    return "read";
  };
  expect(refused("A == 1;\nA <= 2 * C")).toMatch(/^2:10 there is no variable "C"; expected A, B/);
  expect(refused("A / 2 == B")).toMatch(/^1:3 "\/" is no sign of this language: write A \/ B == C as A == B \* C/);
  expect(refused("A == B - 1")).toMatch(/^1:8 "-"/);
  expect(refused("A == []")).toMatch(/^1:7 a list needs at least one number/);
  expect(refused("A % B == 1")).toMatch(/^1:10 expected "== 0" after a remainder/);
  expect(refused("A = B")).toMatch(/^1:3 "=" .*equality is ==/);
  expect(refused("A == (B + 1")).toMatch(/^1:12 expected "\)", got the end/);
  expect(refused("A == 2000000000")).toMatch(/above the limit of 2\^30/);
  expect(refused("A <= B)")).toMatch(/^1:7 expected ";", "\|" or the end, got "\)"/);
  expect(refused("")).toMatch(/^1:1 expected a name/);
  expect(() => solve({ A: IntegerSet.of(1) }, "A <= B")).toThrow(ConstraintSyntaxError);
  expect(() => solve({ A: IntegerSet.of(1) }, "A <= 3", [["C", "smallest"]])).toThrow(DomainError);
});
