import fc from "fast-check";
import { expect, test } from "vitest";
import { configure, einsum, evaluate, fromArray, rearrange, ShapeError, type Tensor, zeros } from "../src/index.ts";
import { sizeOf } from "../src/shape.ts";
import { expectClose } from "./check.ts";
import { Draw } from "./draw.ts";
import { byPosition, eachPosition, flatIndex } from "./reference/value.ts";

configure({ threads: 1 });

const dataOf = (t: Tensor): Float64Array => Float64Array.from(t.held as Float32Array);

/** An einsum by one loop over every axis there is. */
function loopEinsum(terms: string[], result: string, tensors: Tensor[]): Float64Array {
  const lengths = new Map<string, number>();
  terms.forEach((term, i) => {
    [...term].forEach((label, axis) => {
      lengths.set(label, tensors[i].shape[axis]);
    });
  });
  const labels = [...lengths.keys()];
  const at = (term: string, position: number[]) => [...term].map((label) => position[labels.indexOf(label)]);
  const outShape = [...result].map((label) => lengths.get(label) as number);
  const out = new Float64Array(sizeOf(outShape));
  const values = tensors.map(dataOf);
  eachPosition([...lengths.values()], (position) => {
    const product = terms.reduce((p, term, i) => p * values[i][flatIndex(tensors[i].shape, at(term, position))], 1);
    out[flatIndex(outShape, at(result, position))] += product;
  });
  return out;
}

test("an einsum of random terms equals the loop over all its axes", async () => {
  const property = fc.asyncProperty(fc.gen(), async (g) => {
    const draw = new Draw(g);
    const lengths = Object.fromEntries([..."abcd"].map((label) => [label, draw.whole(1, 3)]));
    const someLabels = (from: string): string => {
      const kept = [...from].filter(() => draw.whole(0, 2) > 0);
      return draw.pick(kept, [...kept].reverse()).join("");
    };
    const terms = Array.from({ length: draw.whole(1, 3) }, () => someLabels("abcd"));
    const result = someLabels([...new Set(terms.join(""))].join(""));
    const tensors = terms.map((term, i) =>
      draw.floats(
        [...term].map((label) => lengths[label]),
        { offset: 0.1 + 0.3 * i },
      ),
    );
    const y = einsum(`${terms.join(",")}->${result}`, ...tensors);
    expectClose(`${terms}->${result}`, await y.data(), loopEinsum(terms, result, tensors));
  });
  await fc.assert(property, { seed: 20261124, numRuns: 40, endOnFailure: true });
});

test("an einsum that cannot be is refused with its equation and the offending axis", () => {
  const [a, b] = [zeros([2, 3]), zeros([4, 5])];
  const cases: [() => Tensor, RegExp][] = [
    [() => einsum("ij,jk->ik", a, b), /axis j of .* has the lengths 3 and 4/],
    [() => einsum("ijk->i", a), /gives operand 0 3 axes, its shape is \[2, 3\]/],
    [() => einsum("ij->k", a), /axis k of the result stands in no operand/],
    [() => einsum("ij,jk->ik", a), /names 2 operands, got 1/],
    [() => einsum("ii->i", zeros([2, 2])), /diagonals are not supported/],
    [() => einsum("ij", a), /needs one ->/],
    [() => einsum("ij->ii", a), /result of "ij->ii" names an axis twice/],
  ];
  for (const [call, message] of cases) {
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(message);
  }
});

test("rearrange splits, moves and joins axes by name, as index arithmetic says", async () => {
  const x = fromArray(
    Float32Array.from({ length: 48 }, (_, i) => i),
    [2, 6, 4],
  );
  const heads = rearrange(x, "b (h p) c -> b p (c h)", { p: 3 });
  const unit = rearrange(x, "b n c -> 1 (b n) 1 c");
  const full = rearrange(heads, "b p (c h) -> b (h p) c", { h: 2 });
  await evaluate([heads, unit, full]);
  expect([heads.shape, unit.shape]).toEqual([
    [2, 3, 8],
    [1, 12, 1, 4],
  ]);
  const expected = byPosition({ shape: [2, 3, 8], dtype: "float32" }, ([b, p, ch]) => {
    const [c, h] = [Math.floor(ch / 2), ch % 2];
    return b * 24 + (h * 3 + p) * 4 + c;
  });
  expectClose("heads", heads.held as Float32Array, expected, 0);
  expectClose("unit", unit.held as Float32Array, dataOf(x), 0);
  expectClose("there and back", full.held as Float32Array, dataOf(x), 0);
});

test("a pattern that does not fit is refused with the pattern and the axis", () => {
  const x = zeros([2, 6, 4]);
  const cases: [() => Tensor, RegExp][] = [
    [() => rearrange(x, "b n c"), /needs one ->/],
    [() => rearrange(x, "b n -> n b"), /2 axes on the left, the tensor's shape is \[2, 6, 4\]/],
    [() => rearrange(x, "b n c -> b n"), /must name the same axes/],
    [() => rearrange(x, "b n n -> b n"), /each once/],
    [() => rearrange(x, "b (h p) c -> b h p c"), /h and p .* are open/],
    [() => rearrange(x, "b (h p) c -> b h p c", { p: 4 }), /axis 1 of \[2, 6, 4\] has length 6/],
    [() => rearrange(x, "b (n c -> b n c"), /\( without \)/],
    [() => rearrange(x, "b n) c -> b n c"), /\) without \(/],
    [() => rearrange(x, "b ((n)) c -> b n c"), /nested/],
    [() => rearrange(x, "b n ? -> b n ?"), /"\?"/],
    [() => rearrange(x, "1 n c -> n c"), /length 2/],
  ];
  for (const [call, message] of cases) {
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(message);
  }
});
