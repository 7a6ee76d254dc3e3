import { configure, Generator, ones } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { DropPath } from "./drop-path.ts";

configure({ threads: 1 });

test("in training whole examples go without the branch, and the others make up for it; in evaluation nothing happens", async () => {
  const path = new DropPath({ rate: 0.25, generator: new Generator(2) });
  const x = ones([4000, 3]);
  const values = Array.from(await path.forward(x).data(), Number);
  const kept = values.filter((_, i) => i % 3 === 0 && values[i] !== 0).length;
  expect(Math.abs(kept / 4000 - 0.75)).toBeLessThan(0.03);
  for (let i = 0; i < values.length; i += 3) {
    expect(new Set(values.slice(i, i + 3)).size).toBe(1);
    expect([0, Math.fround(4 / 3)]).toContain(values[i]);
  }
  expect(path.eval().forward(x)).toBe(x);
  expect(() => new DropPath({ rate: 1 })).toThrow(/\[0, 1\), got 1/);
});
