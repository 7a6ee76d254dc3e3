import fc from "fast-check";
import { describe, expect, test } from "vitest";
import "../src/index.ts"; // defines every primitive
import { definedPrimitives } from "../src/primitive.ts";
import { configure } from "../src/runtime/settings.ts";
import { checkOperation } from "./check.ts";
import { Draw, type Lengths } from "./draw.ts";
import { contractionCases } from "./operations/contraction.ts";
import { elementwiseCases } from "./operations/elementwise.ts";
import { indexingCases } from "./operations/indexing.ts";
import { movementCases } from "./operations/movement.ts";
import { quantizationCases } from "./operations/quantization.ts";
import { reduceCases } from "./operations/reduce.ts";
import { resamplingCases } from "./operations/resampling.ts";
import { transformCases } from "./operations/transforms.ts";
import { leafNames, rules } from "./reference.ts";

const families = {
  elementwise: elementwiseCases,
  reductions: reduceCases,
  movement: movementCases,
  indexing: indexingCases,
  contractions: contractionCases,
  resampling: resamplingCases,
  transforms: transformCases,
  quantization: quantizationCases,
};

// Hundreds of small programs: with threads of their own, spinning between runs, they would starve each other.
configure({ threads: 1 });

const runs: Record<Lengths, number> = { usual: 8, ones: 1, empty: 4 };

test("every primitive has a reference in float64", () => {
  const missing = definedPrimitives().flatMap(({ name }) => (rules[name] || leafNames.has(name) ? [] : [name]));
  expect(missing).toEqual([]);
});

describe.each(Object.entries(families))("%s: values and derivatives agree with the reference", (_, cases) => {
  test.each(cases)("$name", async ({ trial, empty = true, ...options }) => {
    for (const lengths of ["usual", "ones", "empty"] as const) {
      if (lengths === "empty" && !empty) continue;
      const property = fc.asyncProperty(fc.gen(), (g) => checkOperation(trial(new Draw(g, lengths)), options));
      await fc.assert(property, { seed: 20261124, numRuns: runs[lengths], endOnFailure: true });
    }
  });
});
